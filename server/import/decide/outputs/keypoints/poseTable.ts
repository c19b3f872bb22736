import { MAX_POINTS } from '../../../../../protocol/points.ts';
import { aboutOutputs } from '../../../../../protocol/sentences/outputs.ts';
import { END_TO_END, type PickedHead, type YoloHead } from '../../../deploy/heads/head.ts';
import type { PointNumbers } from '../../../deploy/heads/keypointHead.ts';
import { transposed } from '../anchorTable.ts';
import {
  areScores,
  areWhole,
  boxesOf,
  COUNTS_FROM,
  columnKinds,
  columnOf,
  type Evidence,
  MAX_PICKED,
  shareInOrder,
  unitOf,
} from '../evidence.ts';
import type { Output } from '../found.ts';
import type { KeypointReading } from './keypointReading.ts';
import { layoutOf, subjectOf, ultralyticsPoints } from './pointLayouts.ts';

/** How many numbers of a row are what. */
interface Split {
  /** Where class scores begin: behind a box, or behind its own score too. */
  readonly base: 4 | 5;
  readonly classes: number;
  readonly count: number;
  readonly size: number;
}

/**
 * Reads one table of all anchors: box, scores, key points. Ultralytics' YOLOv8-pose and its successors [N, 4 + C + 3K, A]
 * (`Pose` in ultralytics/nn/modules/head.py), and YOLOv7-pose [N, A, 6 + 3K] with a score of the box itself.
 */
export function readPoseTable(evidence: Evidence): KeypointReading | undefined {
  const { outputs, arrangement, inspection, labels } = evidence;
  const [table] = outputs
    .filter(({ dims, batched }) => dims.length === 2 && batched)
    .sort((a, b) => size(b) - size(a));
  if (table === undefined) return undefined;
  const [first = 0, second = 0] = table.dims;
  const anchorsFirst = first > second;
  const [anchors, columns] = anchorsFirst ? [first, second] : [second, first];
  const declared = ultralyticsPoints(inspection.metadata);
  const rows = anchorsFirst ? table : transposed(table);
  const split = splits(columns, anchorsFirst, evidence).find(
    (one) => declared !== undefined || holdPoints(rows, one.base + one.classes, one),
  );
  if (split === undefined) return undefined;
  const order = 'centre-width-height';
  const unit = unitOf(boxesOf(rows).flat(), arrangement);
  if (shareInOrder(boxesOf(rows), order, unit) < 0.98) return undefined;
  const { base, classes, count } = split;
  const boxes: YoloHead = {
    kind: 'detection',
    head: base === 5 ? 'yolo-v5' : 'yolo-v8',
    output: table.name,
    anchorsFirst,
    columns,
    order,
    isLogits: columnKinds(rows, 4, base + classes) !== 'scores',
    classes,
    unit,
  };
  const from = base + classes;
  const points: PointNumbers = {
    ...pointsIn(rows, from, split),
    output: table.name,
    table: { first: from, columns, anchorsFirst },
    batched: true,
    unit,
  };
  return {
    head: { kind: 'keypoints', classes, boxes, points, layout: layoutOf(count, { names: declared?.names }) },
    why: aboutOutputs('pose_table', {
      name: table.name,
      shape: table.dims.join(', '),
      classes,
      anchors,
      points: count,
    }),
    ...(labels.count === undefined && classes === 1 && { subject: subjectOf(count) }),
  };
}

/** Reads a table of things that the model picked itself: corners, score, class, key points; [N, R, 6 + 3K] or [R, 6 + 3K]. */
export function readPickedPoses(evidence: Evidence): KeypointReading | undefined {
  const { outputs, arrangement, inspection, labels } = evidence;
  const declared = ultralyticsPoints(inspection.metadata);
  const found = outputs
    .map((output) => ({ output, dims: output.dims.filter((side, axis) => side !== 1 || axis > 0) }))
    .find(({ dims: [rows = 0, columns = 0, more] }) => {
      const rest = columns - END_TO_END.count;
      const isSize = declared ? rest === declared.count * declared.size : rest > 0 && rest % 3 === 0;
      return more === undefined && isSize && rows <= MAX_PICKED && rest <= 3 * MAX_POINTS;
    });
  if (found === undefined) return undefined;
  const table: Output = { ...found.output, dims: found.dims };
  const [, columns = 0] = table.dims;
  const { count, size: numbers } = declared ?? { count: (columns - END_TO_END.count) / 3, size: 3 };
  const split: Split = { base: 4, classes: 1, count, size: numbers };
  const scores = columnOf(table, END_TO_END.score);
  const classes = columnOf(table, END_TO_END.class);
  if (!areScores(scores) || !areWhole(classes)) return undefined;
  const boxes = boxesOf(table);
  const unit = unitOf(boxes.flat(), arrangement);
  const counting = boxes.filter((_, row) => (scores[row] ?? 0) > COUNTS_FROM);
  const order = 'left-top-right-bottom';
  if (shareInOrder(counting, order, unit) < 0.99) return undefined;
  if (declared === undefined && !holdPoints(table, END_TO_END.count, split)) return undefined;
  const head: PickedHead = {
    kind: 'detection',
    head: 'yolo-end-to-end',
    outputs: [table.name],
    columns: { ...END_TO_END, count: columns },
    order,
    firstClass: 0,
    batched: table.batched,
    classes: labels.count ?? 1,
    unit,
  };
  const points: PointNumbers = {
    ...pointsIn(table, END_TO_END.count, split),
    output: table.name,
    table: { first: END_TO_END.count, columns, anchorsFirst: true },
    batched: table.batched,
    unit,
  };
  return {
    head: {
      kind: 'keypoints',
      classes: head.classes,
      boxes: head,
      points,
      layout: layoutOf(count, { names: declared?.names }),
    },
    why: aboutOutputs('pose_picked', { name: table.name, rows: table.dims[0] ?? 0, points: count }),
    ...(labels.count === undefined && { subject: subjectOf(count) }),
  };
}

const size = ({ dims }: Output) => dims.reduce((product, side) => product * side, 1);

/** What the numbers of a row may be, the likeliest first. */
function splits(columns: number, anchorsFirst: boolean, { inspection, labels }: Evidence): Split[] {
  const declared = ultralyticsPoints(inspection.metadata);
  if (declared !== undefined) {
    const classes = columns - 4 - declared.count * declared.size;
    return classes > 0 ? [{ base: 4, classes, count: declared.count, size: declared.size }] : [];
  }
  const classes = labels.count ?? 1;
  return ([4, 5] as const).flatMap((base): Split[] => {
    const rest = columns - base - classes;
    const isPossible = rest >= 6 && rest % 3 === 0 && rest <= 3 * MAX_POINTS && (base === 4 || anchorsFirst);
    return isPossible ? [{ base, classes, count: rest / 3, size: 3 }] : [];
  });
}

/** Whether columns are x, y and score again and again: places are in pixels, so that no class score is taken for one. */
function holdPoints(rows: Output, from: number, { count, size: numbers }: Split): boolean {
  return Array.from({ length: count }, (_, point) => from + point * numbers).every(
    (at) =>
      !areScores(columnOf(rows, at)) &&
      !areScores(columnOf(rows, at + 1)) &&
      areScores(columnOf(rows, at + 2)),
  );
}

/** How the numbers of points are read. */
function pointsIn(
  rows: Output,
  from: number,
  { count, size: numbers }: Split,
): Pick<PointNumbers, 'form' | 'size' | 'order' | 'score' | 'scores' | 'activation'> {
  const scores = Array.from({ length: count }, (_, point) => from + point * numbers + 2);
  const isLogits = numbers === 3 && !scores.every((column) => areScores(columnOf(rows, column)));
  return {
    form: 'numbers',
    size: numbers,
    order: 'xy',
    score: numbers === 3 ? 2 : undefined,
    scores: undefined,
    activation: isLogits ? 'sigmoid' : 'none',
  };
}
