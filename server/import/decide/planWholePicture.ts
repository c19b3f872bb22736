import { ImportError } from '../importError.ts';
import type { Inspection } from '../onnx/inspect.ts';
import type { Arrangement, Outputs } from '../onnx/sourceSession.ts';
import type { Decisions } from './decisions.ts';
import { coordinates, pointsOf } from './outputs/findWholePicture.ts';
import { readVector } from './outputs/vectorValues.ts';
import { planActivation, scoreKind } from './planActivation.ts';
import { planLabels } from './planLabels.ts';
import type { Reading } from './planReading.ts';

/**
 * What one vector for a picture is, by what the model gives for the samples, and what its numbers are called. What has
 * neither labels, nor an op or a name that shows it, nor values that only classifiers or embeddings give, is asked for.
 * @throws ImportError `needs_options`, `unsupported_model`
 */
export function planWholePicture(
  reading: Reading,
  samples: readonly Outputs[],
  inspection: Inspection,
  arrangement: Arrangement,
  decisions: Decisions,
): Reading {
  const { head } = reading;
  if (head.kind !== 'classification') return reading;
  const { output, isBinary } = head;
  const rows = samples.map((one) => Array.from(one.get(output)?.data ?? []));
  const size = isBinary ? 1 : head.classes;
  if (reading.isGuess) {
    const found = readVector(rows, size, arrangement);
    const isOfFace = comparesFaces(size, arrangement);
    if (found === 'embedding' || (found === undefined && isOfFace)) {
      const how = isOfFace
        ? 'as networks that compare faces of 112x112 give'
        : 'of length 1 for each picture';
      const why = `${reading.why}, ${how}`;
      decisions.rule('task', 'image-embedding', why);
      return {
        ...reading,
        task: 'image-embedding',
        head: { kind: 'embedding', output, size, tokens: 1 },
        why,
      };
    }
    if (found === 'coordinates' && pointsOf(size)) throw coordinates({ name: output, size }, inspection);
    if (found !== 'scores') throw unknownVector(output, size, found === 'coordinates');
  }
  const planned = planActivation(head, scoreKind(rows), inspection.finalOps.get(output), decisions);
  const { labels, warnings } = planLabels(head.classes, reading.task, decisions);
  return { ...reading, ...planned, labels, warnings: [...warnings, ...planned.warnings] };
}

/** ArcFace and those after it, whose exports name neither input nor output. */
const comparesFaces = (size: number, { width, height }: Arrangement): boolean =>
  width === 112 && height === 112 && [128, 256, 512].includes(size);

function unknownVector(output: string, size: number, areCoordinates: boolean): ImportError {
  const scores = { value: 'image-classification', text: 'Scores of classes' };
  if (size === 1) {
    const text = `Output "${output}" is one number, and its meaning cannot be determined.`;
    return new ImportError(
      'needs_options',
      `${text} If it is the score of a yes, give two labels, no and yes (--labels), or say --task image-classification. A measure, such as an age, cannot be imported.`,
      { question: { text, field: 'task', choices: [{ ...scores, text: 'The score of a yes' }] } },
    );
  }
  const hint = areCoordinates ? ' Its values look like coordinates, which cannot be imported.' : '';
  const text = `Output "${output}" is a vector of ${size} numbers, and its meaning cannot be determined.${hint}`;
  return new ImportError(
    'needs_options',
    `${text} If it holds the scores of a classifier, give their ${size} labels (--labels), or say --task image-classification; if it is an embedding, say --task image-embedding.`,
    {
      question: {
        text,
        field: 'task',
        choices: [scores, { value: 'image-embedding', text: 'An embedding' }],
      },
    },
  );
}
