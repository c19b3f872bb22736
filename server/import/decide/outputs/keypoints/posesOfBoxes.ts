import { MAX_POINTS } from '../../../../../protocol/points.ts';
import { aboutOutputs } from '../../../../../protocol/sentences/outputs.ts';
import { areScores, columnOf, type Evidence, numbersOf } from '../evidence.ts';
import type { Output } from '../found.ts';
import { readPickedOutputs } from '../pickedOutputs.ts';
import type { KeypointReading } from './keypointReading.ts';
import { layoutOf, subjectOf } from './pointLayouts.ts';

const IS_POINTS = /key_?points?|landmarks?|kpts?/i;

/**
 * Reads boxes, scores and classes with key points in an output of their own: torchvision's keypoint R-CNN [R, 4], [R], [R],
 * [R, K, 3] and [R, K] (`keypoints_scores`; the third number of a point is always 1), and others with [N, R, K, 3].
 */
export function readPosesOfBoxes(evidence: Evidence): KeypointReading | undefined {
  const { outputs, labels } = evidence;
  const boxes = outputs.find(({ dims }) => dims.length === 2 && (dims[1] === 4 || dims[1] === 5));
  const points = outputs.find((output) => boxes !== undefined && isPoints(output, boxes));
  if (boxes === undefined || points === undefined) return undefined;
  const [count = 0, size = 0] = points.dims.slice(-2);
  const scores = outputs.find(
    (output) =>
      output !== points &&
      output !== boxes &&
      output.dims.at(-1) === count &&
      output.samples.every((data, at) => data.length * size === points.samples[at]?.length),
  );
  const rest = outputs.filter((output) => output !== points && output !== scores);
  const reading = readPickedOutputs({ ...evidence, outputs: rest });
  if (reading === undefined) return undefined;
  const classes = labels.count ?? 1;
  // One class and no names: what a person detector calls 1 stands for "person", as 0 is for nothing.
  const numbers = outputs.find(({ name }) => name === reading.head.outputs.at(-1));
  const isFromOne = labels.count === undefined && numbers && numbersOf(numbers).every((one) => one === 1);
  const head = { ...reading.head, classes, ...(isFromOne && { firstClass: 1 }) };
  const sure = scores ? numbersOf(scores) : size === 3 ? columnOf(points, 2) : [];
  return {
    head: {
      kind: 'keypoints',
      classes,
      boxes: head,
      points: {
        form: 'numbers',
        output: points.name,
        batched: head.batched,
        size,
        order: 'xy',
        score: scores === undefined && size === 3 ? 2 : undefined,
        scores: scores?.name,
        activation: areScores(sure) ? 'none' : 'sigmoid',
        unit: head.unit,
      },
      layout: layoutOf(count, {}),
    },
    why: aboutOutputs('pose_lists', {
      outputs: [...head.outputs, points.name].map((name) => `"${name}"`),
      points: count,
    }),
    ...(labels.count === undefined && { subject: subjectOf(count) }),
  };
}

/** Several points for each box. */
function isPoints({ name, dims, samples }: Output, boxes: Output): boolean {
  const [count = 0, size = 0] = dims.slice(-2);
  if (dims.length < 2 || (size !== 2 && size !== 3) || count < 2 || count > MAX_POINTS) return false;
  const rows = boxes.samples.map((data) => data.length / (boxes.dims[1] ?? 4));
  const isOfBoxes = samples.every((data, at) => data.length === (rows[at] ?? 0) * count * size);
  return isOfBoxes && (IS_POINTS.test(name) || (dims.length === 3 && !/mask/i.test(name)));
}
