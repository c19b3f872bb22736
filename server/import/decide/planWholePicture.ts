import { aboutOutputs } from '../../../protocol/sentences/outputs.ts';
import { ImportError } from '../importError.ts';
import type { Inspection } from '../onnx/inspect.ts';
import type { Arrangement, Outputs } from '../onnx/sourceSession.ts';
import { choice, questionOf } from '../question.ts';
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
      const why = aboutOutputs(isOfFace ? 'vector_of_faces' : 'vector_of_length_1', { found: reading.why });
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
  if (size === 1) {
    const question = aboutOutputs('one_number_unknown', { name: output });
    return new ImportError('needs_options', aboutOutputs('ask_yes_no', { question }), {
      question: {
        ...questionOf(question),
        field: 'task',
        choices: [choice('image-classification', aboutOutputs('score_of_yes'))],
      },
    });
  }
  const question = aboutOutputs(areCoordinates ? 'vector_like_coordinates' : 'vector_unknown', {
    name: output,
    size,
  });
  return new ImportError('needs_options', aboutOutputs('ask_vector', { question, size }), {
    question: {
      ...questionOf(question),
      field: 'task',
      choices: [
        choice('image-classification', aboutOutputs('scores_of_classes')),
        choice('image-embedding', aboutOutputs('an_embedding')),
      ],
    },
  });
}
