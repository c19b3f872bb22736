import { aboutOutputs } from '../../../../../protocol/sentences/outputs.ts';
import type { PickedHead } from '../../../deploy/heads/head.ts';
import {
  areScores,
  boxesOf,
  COUNTS_FROM,
  columnOf,
  type Evidence,
  MAX_PICKED,
  shareInOrder,
} from '../evidence.ts';
import type { KeypointReading } from './keypointReading.ts';
import { layoutOf, subjectOf } from './pointLayouts.ts';

/** A box as top, left, bottom and right, and its score, stand behind the points. */
const BEHIND = 5;
const COUNT = 17;

/**
 * Reads MoveNet MultiPose: [N, 6, 56], for each of six people 17 times y, x and score, then ymin, xmin, ymax, xmax and score, all
 * in 0..1 (https://www.kaggle.com/models/google/movenet/tensorFlow2/multipose-lightning).
 */
export function readMultiPose({ outputs, labels }: Evidence): KeypointReading | undefined {
  const columns = 3 * COUNT + BEHIND;
  const table = outputs.find(
    ({ dims, batched }) =>
      dims.length === 2 && batched && dims[1] === columns && (dims[0] ?? 0) <= MAX_PICKED,
  );
  if (table === undefined) return undefined;
  const box = 3 * COUNT;
  const score = columns - 1;
  const pointScores = Array.from({ length: COUNT }, (_, point) => 3 * point + 2);
  if (![...pointScores, score].every((column) => areScores(columnOf(table, column)))) return undefined;
  const order = 'top-left-bottom-right';
  const scores = columnOf(table, score);
  const counting = boxesOf(table, box).filter((_, row) => (scores[row] ?? 0) > COUNTS_FROM);
  if (shareInOrder(counting, order, [1, 1]) < 0.99) return undefined;
  const head: PickedHead = {
    kind: 'detection',
    head: 'yolo-end-to-end',
    outputs: [table.name],
    columns: { box, score, count: columns },
    order,
    firstClass: 0,
    batched: true,
    classes: 1,
    unit: [1, 1],
  };
  return {
    head: {
      kind: 'keypoints',
      classes: 1,
      boxes: head,
      points: {
        form: 'numbers',
        output: table.name,
        table: { first: 0, columns, anchorsFirst: true },
        batched: true,
        size: 3,
        order: 'yx',
        score: 2,
        scores: undefined,
        activation: 'none',
        unit: [1, 1],
      },
      layout: layoutOf(COUNT, {}),
    },
    why: aboutOutputs('pose_multi', { name: table.name, rows: table.dims[0] ?? 0, points: COUNT }),
    ...(labels.count === undefined && { subject: subjectOf(COUNT) }),
  };
}
