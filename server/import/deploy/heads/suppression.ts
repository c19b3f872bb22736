import type { OnnxGraph, OnnxNode } from '../../onnx/onnxGraph.ts';
import { float32, int64 } from '../../onnx/tensor.ts';

/** What a detector found, before the best of it are picked. K candidates for each of N pictures; names of values. */
export interface Candidates {
  /** float32 [N, K, 4]: left, top, right, bottom in 0..1 of the input; may reach out of it. */
  readonly corners: string;
  /** float32 [N, K], 0..1. */
  readonly scores: string;
  /** float32 [N, K]: whole numbers, lines of the labels file. */
  readonly classes: string;
  /** Key points: float32 [N, rows, `count`, 3], x, y and score. */
  readonly points?: { readonly value: string; readonly count: number };
  /** float32 [N, K, prototypes], where detections have masks: how much of each prototype is in the mask. */
  readonly coefficients?: string;
  /** int64 [N, K]: in which row of the boxes' output a candidate stands. Absent: they are the rows. */
  readonly rows?: string;
}

export interface Picking {
  /** Detections below this score are not given. */
  readonly minScore: number;
  /** Of two boxes of one class that overlap more, the one of the lower score goes; 1 keeps all. */
  readonly maxOverlap: number;
  /** At most this many for one picture. */
  readonly maxDetections: number;
}

/** Adds a node to the back of a graph; small ops of the heads are written with it. */
export type Add = (
  op: string,
  inputs: readonly string[],
  attributes?: OnnxNode['attributes'],
  hint?: string,
) => string;
export const adder =
  (graph: OnnxGraph): Add =>
  (op, inputs, attributes = {}, hint = `livelens/${op}`) =>
    graph.add(op, inputs, attributes, hint);

/**
 * So far apart, in units of the input, are boxes of different classes moved before suppression, so that they never
 * overlap: one suppression over all then acts on each class alone (as Ultralytics and torchvision's batched_nms do).
 */
const CLASS_DISTANCE = 4;

/**
 * Adds non-maximum suppression within each class and declares the four outputs of a deployed `object-detection` graph
 * (see vision/manifest.ts). Uses ops that mean the same in every opset from 11 on.
 * @returns int64 [M, 2] both: picture and candidate of each detection, and what adds picture and row of the boxes' output
 */
export function addPicking(
  graph: OnnxGraph,
  candidates: Candidates,
  picking: Picking,
): { place: string; sources: () => string } {
  const add = adder(graph);
  const ints = (...values: number[]) => graph.constant(int64(values), 'livelens/ints');
  const scalar = (value: number) => graph.constant(float32([1], [value]), 'livelens/scalar');
  const limit = (value: number) => graph.constant(float32([], [value]), 'livelens/limit');
  const { corners, scores, classes } = candidates;

  const distance = add('Mul', [classes, scalar(CLASS_DISTANCE)]);
  const apart = add('Add', [corners, add('Reshape', [distance, ints(0, -1, 1)])]);
  // Rows of picture, class (always 0: the suppression sees one), candidate; best score first within a picture.
  const selected = add('NonMaxSuppression', [
    apart,
    add('Reshape', [scores, ints(0, 1, -1)]),
    graph.constant(int64([picking.maxDetections]), 'livelens/max-detections'),
    scalar(picking.maxOverlap),
    scalar(picking.minScore),
  ]);
  const place = add('Gather', [selected, ints(0, 2)], { axis: { int: 1 } });
  const picture = add('Gather', [selected, graph.constant(int64([0], []), 'livelens/first')], {
    axis: { int: 1 },
  });
  const inPicture = add('Clip', [add('GatherND', [corners, place]), limit(0), limit(1)]);
  const leftTop = add('Gather', [inPicture, ints(0, 1)], { axis: { int: 1 } });
  const rightBottom = add('Gather', [inPicture, ints(2, 3)], { axis: { int: 1 } });
  const size = add('Sub', [rightBottom, leftTop]);

  const toInt32 = { to: { int: 6 } };
  graph.output({ name: 'images', dtype: 'int32', shape: ['M'] }, add('Cast', [picture], toInt32, 'images'));
  graph.output(
    { name: 'boxes', dtype: 'float32', shape: ['M', 4] },
    add('Concat', [leftTop, size], { axis: { int: 1 } }, 'boxes'),
  );
  graph.output(
    { name: 'scores', dtype: 'float32', shape: ['M'] },
    add('GatherND', [scores, place], {}, 'scores'),
  );
  graph.output(
    { name: 'classes', dtype: 'int32', shape: ['M'] },
    add('Cast', [add('GatherND', [classes, place])], toInt32, 'classes'),
  );
  const column = (values: string) => add('Reshape', [values, ints(-1, 1)]);
  const { rows } = candidates;
  const sources = () =>
    rows === undefined
      ? place
      : add('Concat', [column(picture), column(add('GatherND', [rows, place]))], { axis: { int: 1 } });
  if (candidates.points !== undefined) {
    const { value, count } = candidates.points;
    graph.output(
      { name: 'points', dtype: 'float32', shape: ['M', count, 3] },
      add('GatherND', [value, sources()], {}, 'points'),
    );
  }
  return { place, sources };
}
