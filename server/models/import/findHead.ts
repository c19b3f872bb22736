import type { Task } from '../../../vision/manifest.ts';
import { areLikeDetections } from './detections/separateGrids.ts';
import { findDetection } from './findDetection.ts';
import { findWholePicture } from './findWholePicture.ts';
import { describeOutputs, type Known } from './found.ts';
import { DEPLOYED_OUTPUTS, type Head } from './heads/head.ts';
import { ImportError } from './importError.ts';
import { describePort, type Inspection } from './inspect.ts';
import type { Arrangement, Outputs } from './sourceSession.ts';

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
): { task: Task; head: Head; why: string } {
  const { metadata } = inspection;
  const outputs = describeOutputs(inspection, samples);
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
  if (isDeployed(inspection) && known.head === undefined) {
    const head = { kind: 'deployed', classes: known.labelCount ?? 0 } as const;
    return { task: 'object-detection', head, why: 'inputs and outputs are those of a deployed detector' };
  }
  const isDetection = known.task === 'object-detection' || known.head !== undefined;
  if (known.task === undefined || isDetection) {
    const head = findDetection(outputs, arrangement, inspection, known);
    if (head) {
      const names = 'outputs' in head.head ? head.head.outputs : [];
      const shapes = outputs.filter(({ name }) => names.length === 0 || names.includes(name));
      const why = head.why || `outputs ${shapes.map(({ name, dims }) => `"${name}" [${dims}]`).join(', ')}`;
      return { task: 'object-detection', head: head.head, why };
    }
    if (isDetection) throw unsupported('No detections are found in its outputs.');
    if (areLikeDetections(outputs)) {
      throw unsupported('The model looks like a detector of a kind that is not known here.');
    }
  }
  const whole = findWholePicture(outputs, inspection, known);
  if (whole === undefined) throw unsupported('What the model is for does not show.');
  return whole;
}

function isDeployed({ image, outputs }: Inspection): boolean {
  const names = outputs.map(({ name }) => name).sort();
  return image.dtype === 'uint8' && `${names}` === `${[...DEPLOYED_OUTPUTS].sort()}`;
}
