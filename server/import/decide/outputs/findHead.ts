import type { ImportableTask, ImportReport } from '../../../../protocol/models.ts';
import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import { DEPLOYED_OUTPUTS, type Head } from '../../deploy/heads/head.ts';
import { ImportError } from '../../importError.ts';
import { describePort, type Inspection } from '../../onnx/inspect.ts';
import type { Arrangement, Outputs } from '../../onnx/sourceSession.ts';
import { choice, questionOf } from '../../question.ts';
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
): { task: ImportableTask; head: Head; why: Sentence; isGuess?: boolean; dropped?: ImportReport['dropped'] } {
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
  if (made === 'segment' || made === 'pose' || made === 'obb') {
    throw unsupported(aboutOutputs('unknown_task', { task: made }));
  }
  if (isDeployed(inspection) && known.head === undefined && known.output === undefined) {
    const head = { kind: 'deployed', classes: known.labelCount ?? 0 } as const;
    return { task: 'object-detection', head, why: aboutOutputs('deployed') };
  }
  const isDetection = known.task === 'object-detection' || known.head !== undefined;
  if (known.task === undefined || isDetection) {
    const tables = outputs.filter((output) => !isHiddenState(output));
    const head = findDetection(tables, arrangement, inspection, known);
    if (head) return { task: 'object-detection', head: head.head, why: head.why };
    if (isDetection) throw unsupported(aboutOutputs('no_detections'));
    if (areLikeDetections(outputs)) {
      throw unsupported(aboutOutputs('unknown_detector'));
    }
  }
  const whole = findWholePicture(outputs, arrangement, inspection, known);
  if (whole === undefined) throw unsupported(aboutOutputs('task_undetermined'));
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
