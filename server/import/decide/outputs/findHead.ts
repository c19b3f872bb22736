import type { ImportableTask, ImportReport } from '../../../../protocol/models.ts';
import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import { DEPLOYED_OUTPUTS, type Head } from '../../deploy/heads/head.ts';
import { ImportError } from '../../importError.ts';
import { describePort, type Inspection } from '../../onnx/inspect.ts';
import type { Arrangement, Outputs } from '../../onnx/sourceSession.ts';
import { choice, questionOf } from '../../question.ts';
import { findDetection } from './findDetection.ts';
import { findSemantic } from './findSemantic.ts';
import { droppedOutputs, findWholePicture, isHiddenState } from './findWholePicture.ts';
import { describeOutputs, type Known } from './found.ts';
import { findKeypoints } from './keypoints/findKeypoints.ts';
import { areLikeDetections } from './separateGrids.ts';
import { boxInSpace, unknownFamily } from './unknownFamily.ts';

export interface HeadFound {
  readonly task: ImportableTask;
  readonly head: Head;
  readonly why: Sentence;
  readonly isGuess?: boolean;
  readonly dropped?: ImportReport['dropped'];
  /** The one label, where it is known by what is found. */
  readonly subject?: string;
  /** The model was made for a part of a picture that another model finds. */
  readonly expectsCrop?: boolean;
}

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
): HeadFound {
  const { metadata } = inspection;
  const all = describeOutputs(inspection, samples);
  requireOutput(known.output, inspection);
  const outputs = all.filter(({ name }) => known.output === undefined || name === known.output);
  const shownOutputs = () =>
    inspection.outputs.map((port) =>
      describePort({ ...port, shape: samples[0]?.get(port.name)?.dims ?? port.shape }),
    );
  const unsupported = (why: Sentence) =>
    new ImportError('unsupported_model', aboutOutputs('unknown_kind', { why, outputs: shownOutputs() }));
  const made = metadata.get('task');
  if (made === 'obb') {
    throw unsupported(aboutOutputs('unknown_task', { task: made }));
  }
  if (isDeployed(inspection) && known.head === undefined && known.output === undefined) {
    const head = { kind: 'deployed', classes: known.labelCount ?? 0 } as const;
    return { task: 'object-detection', head, why: aboutOutputs('deployed') };
  }
  const isPose = known.task === 'keypoint-detection' || (made === 'pose' && known.task === undefined);
  if (known.head === undefined && (known.task === undefined || isPose)) {
    const found = findKeypoints(outputs, arrangement, inspection, known);
    if (found) return { task: 'keypoint-detection', ...found };
    if (isPose) throw unsupported(aboutOutputs('no_poses'));
  }
  const isOfThings = known.task === 'object-detection' || known.task === 'instance-segmentation';
  const isDetection = isOfThings || known.head !== undefined;
  if (known.task === undefined || isDetection) {
    const tables = outputs.filter((output) => !isHiddenState(output));
    const head = findDetection(tables, arrangement, inspection, known);
    const hasMasks = head !== undefined && 'masks' in head.head && head.head.masks !== undefined;
    if (known.task === 'instance-segmentation' && !hasMasks) throw unsupported(aboutOutputs('no_masks'));
    if (head) {
      return {
        task: hasMasks ? 'instance-segmentation' : 'object-detection',
        head: head.head,
        why: head.why,
      };
    }
    if (isDetection) throw unsupported(aboutOutputs('no_detections'));
    if (areLikeDetections(outputs)) {
      throw unsupported(aboutOutputs('unknown_detector'));
    }
  }
  const semantic =
    known.task === undefined || known.task === 'semantic-segmentation'
      ? findSemantic(outputs, arrangement, inspection, known)
      : undefined;
  if (semantic) {
    const dropped = droppedOutputs(semantic.head.output, all, inspection);
    return { task: 'semantic-segmentation', ...semantic, dropped };
  }
  if (known.task === 'semantic-segmentation') throw unsupported(aboutOutputs('no_map'));
  const corners = known.task === undefined && known.labels === undefined ? boxInSpace(outputs) : undefined;
  if (corners) throw new ImportError('unsupported_model', corners);
  const whole = findWholePicture(outputs, arrangement, inspection, known);
  if (whole === undefined) throw unsupported(unknownFamily(outputs, arrangement));
  return { ...whole, dropped: droppedOutputs(whole.head.output, all, inspection) };
}

/** @throws ImportError `needs_options` that names the outputs, where there is none of the name */
function requireOutput(asked: string | undefined, { outputs }: Inspection): void {
  if (asked === undefined || outputs.some(({ name }) => name === asked)) return;
  const choices = outputs.map(({ name, dtype, shape }) => choice(name, `${dtype} [${shape.join(', ')}]`));
  const question = aboutOutputs('no_such_output', { name: asked });
  throw new ImportError(
    'needs_options',
    aboutOutputs('has_outputs', { question, outputs: outputs.map(describePort) }),
    { question: { ...questionOf(question), field: 'output', choices } },
  );
}

function isDeployed({ image, outputs }: Inspection): boolean {
  const names = outputs.map(({ name }) => name).sort();
  return image.dtype === 'uint8' && `${names}` === `${[...DEPLOYED_OUTPUTS].sort()}`;
}
