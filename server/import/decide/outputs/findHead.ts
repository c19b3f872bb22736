import type { ImportableTask, ImportReport } from '../../../../protocol/models.ts';
import { DEPLOYED_OUTPUTS, type Head } from '../../deploy/heads/head.ts';
import { ImportError } from '../../importError.ts';
import { describePort, type Inspection } from '../../onnx/inspect.ts';
import type { Arrangement, Outputs } from '../../onnx/sourceSession.ts';
import { findDetection } from './findDetection.ts';
import { droppedOutputs, findWholePicture, isHiddenState } from './findWholePicture.ts';
import { describeOutputs, type Known } from './found.ts';
import { areLikeDetections } from './separateGrids.ts';

/**
 * Which kind of head the outputs are of, by their shapes, names and values.
 * @param samples what the model gives for grey and for the sample pictures
 * @throws ImportError `unsupported_model`, naming outputs, shapes and the options there are
 */
export function findHead(
  inspection: Inspection,
  arrangement: Arrangement,
  samples: readonly Outputs[],
  known: Known,
): { task: ImportableTask; head: Head; why: string; isGuess?: boolean; dropped?: ImportReport['dropped'] } {
  const { metadata } = inspection;
  const all = describeOutputs(inspection, samples);
  requireOutput(known.output, inspection);
  const outputs = all.filter(({ name }) => known.output === undefined || name === known.output);
  const unsupported = (why: string) =>
    new ImportError(
      'unsupported_model',
      `${why} Its outputs are ${inspection.outputs
        .map((port) => describePort({ ...port, shape: samples[0]?.get(port.name)?.dims ?? port.shape }))
        .join(
          ', ',
        )}. Known are classifiers and embeddings (one output of C numbers for a picture), and the detection heads ssd, detr, yolo-v5, yolo-v8, yolo-end-to-end and boxes-scores-classes; say which with --task and --head where it is one of them.`,
    );
  const made = metadata.get('task');
  if (made === 'segment' || made === 'pose' || made === 'obb') {
    throw unsupported(`The model was made for the task "${made}", which is not known here.`);
  }
  if (isDeployed(inspection) && known.head === undefined && known.output === undefined) {
    const head = { kind: 'deployed', classes: known.labelCount ?? 0 } as const;
    return { task: 'object-detection', head, why: 'inputs and outputs are those of a deployed detector' };
  }
  const isDetection = known.task === 'object-detection' || known.head !== undefined;
  if (known.task === undefined || isDetection) {
    const tables = outputs.filter((output) => !isHiddenState(output));
    const head = findDetection(tables, arrangement, inspection, known);
    if (head) {
      const names = 'outputs' in head.head ? head.head.outputs : [];
      const shapes = outputs.filter(({ name }) => names.length === 0 || names.includes(name));
      const why = head.why || `outputs ${shapes.map(({ name, dims }) => `"${name}" [${dims}]`).join(', ')}`;
      return { task: 'object-detection', head: head.head, why };
    }
    if (isDetection) throw unsupported('No detections are found in its outputs.');
    if (areLikeDetections(outputs)) {
      throw unsupported('The model resembles a detector of a kind that is not known here.');
    }
  }
  const whole = findWholePicture(outputs, arrangement, inspection, known);
  if (whole === undefined) throw unsupported('The task of the model cannot be determined.');
  return { ...whole, dropped: droppedOutputs(whole.head.output, all, inspection) };
}

/** @throws ImportError `needs_options` that names the outputs, where there is none of the name */
function requireOutput(asked: string | undefined, { outputs }: Inspection): void {
  if (asked === undefined || outputs.some(({ name }) => name === asked)) return;
  const choices = outputs.map(({ name, dtype, shape }) => ({
    value: name,
    text: `${dtype} [${shape.join(', ')}]`,
  }));
  const text = `The model has no output "${asked}".`;
  throw new ImportError(
    'needs_options',
    `${text} Those that it has, for --output: ${outputs.map(describePort).join(', ')}.`,
    { question: { text, field: 'output', choices } },
  );
}

function isDeployed({ image, outputs }: Inspection): boolean {
  const names = outputs.map(({ name }) => name).sort();
  return image.dtype === 'uint8' && `${names}` === `${[...DEPLOYED_OUTPUTS].sort()}`;
}
