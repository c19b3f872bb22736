import type { OnnxGraph, OnnxNode } from '../../server/import/onnx/onnxGraph.ts';
import { float32, int64, type Tensor } from '../../server/import/onnx/tensor.ts';

export interface SsdHead {
  /** Name of the box encodings, float32 [N, anchors, 4]: y, x, height, width. */
  readonly encodings: string;
  /** Name of the class scores before the sigmoid, float32 [N, anchors, classes]; no background class. */
  readonly logits: string;
  /** float32 [anchors, 4]: top, left, bottom, right in 0..1 of the picture. */
  readonly anchors: Tensor & { dtype: 'float32' };
  /** What the training multiplied position and size by: y, x, height, width. */
  readonly encodingScales: readonly [y: number, x: number, height: number, width: number];
  /** Detections below this score are not given. */
  readonly minScore: number;
  /** Of two boxes that overlap more than this, the one of the lower score goes. */
  readonly maxOverlap: number;
  /** At most this many detections for one picture. */
  readonly maxDetections: number;
}

/**
 * Adds what turns the raw output of a single-shot detector into detections, and declares the four outputs of a
 * deployed `object-detection` graph (see vision/manifest.ts).
 *
 * A box is the anchor's, moved and stretched: centre = anchor centre + encoding / scale * anchor size,
 * size = anchor size * exp(encoding / scale) (Ren et al. 2015, "Faster R-CNN", section 3.1.2; scales as in
 * TensorFlow's Object Detection API). Each anchor stands for its best class alone, and one non-maximum
 * suppression runs over all classes together, on boxes that may still reach out of the picture. Both are what
 * TensorFlow.js' coco-ssd does; only then are boxes cut at the picture's edges.
 */
export function addSsdHead(graph: OnnxGraph, head: SsdHead): void {
  const { logits } = head;
  const add = (op: string, inputs: string[], name: string, attributes: OnnxNode['attributes'] = {}): string =>
    graph.add(op, inputs, attributes, `head/${name}`);
  const ints = (...values: number[]): string => graph.constant(int64(values), 'head/ints');
  const scalar = (value: number): string => graph.constant(float32([1], [value]), 'head/scalar');

  const corners = addBoxDecoding(graph, head, add);

  // The sigmoid keeps the order of scores, so it can wait until one score for each anchor is left.
  const bestLogit = add('ReduceMax', [logits], 'best-logit', { axes: { ints: [2] }, keepdims: { int: 0 } });
  const bestScore = add('Sigmoid', [bestLogit], 'best-score');

  // Rows of picture, class (always 0: the suppression sees one class), anchor.
  const selected = add(
    'NonMaxSuppression',
    [
      corners,
      add('Unsqueeze', [bestScore, ints(1)], 'scores-by-class'),
      graph.constant(int64([head.maxDetections]), 'head/max-detections'),
      scalar(head.maxOverlap),
      scalar(head.minScore),
    ],
    'selected',
  );
  const pictureAndAnchor = add('Gather', [selected, ints(0, 2)], 'picture-and-anchor', { axis: { int: 1 } });
  const picture = add('Gather', [selected, graph.constant(int64([0], []), 'head/first')], 'picture', {
    axis: { int: 1 },
  });

  // The class is looked up for the few anchors that are left, not for all of them.
  const selectedLogits = add('GatherND', [logits, pictureAndAnchor], 'selected-logits');
  const bestClass = add('ArgMax', [selectedLogits], 'best-class', { axis: { int: 1 }, keepdims: { int: 0 } });

  const selectedCorners = add('GatherND', [corners, pictureAndAnchor], 'selected-corners');
  const inPicture = add(
    'Clip',
    [selectedCorners, constantLimit(graph, 0), constantLimit(graph, 1)],
    'in-picture',
  );
  const xy = add('Gather', [inPicture, ints(1, 0, 3, 2)], 'left-top-right-bottom', { axis: { int: 1 } });
  const [leftTop, rightBottom] = graph.addMany('Split', [xy], { axis: { int: 1 } }, 'head/corner', 2);
  if (leftTop === undefined || rightBottom === undefined) throw new Error('Split gave no two halves');
  const size = add('Sub', [rightBottom, leftTop], 'size');

  const toInt32 = { to: { int: 6 } };
  graph.output(
    { name: 'images', dtype: 'int32', shape: ['M'] },
    graph.add('Cast', [picture], toInt32, 'images'),
  );
  graph.output(
    { name: 'boxes', dtype: 'float32', shape: ['M', 4] },
    graph.add('Concat', [leftTop, size], { axis: { int: 1 } }, 'boxes'),
  );
  graph.output(
    { name: 'scores', dtype: 'float32', shape: ['M'] },
    graph.add('GatherND', [bestScore, pictureAndAnchor], {}, 'scores'),
  );
  graph.output(
    { name: 'classes', dtype: 'int32', shape: ['M'] },
    graph.add('Cast', [bestClass], toInt32, 'classes'),
  );
}

const constantLimit = (graph: OnnxGraph, value: number): string =>
  graph.constant(float32([], [value]), 'head/limit');

/** Gives top, left, bottom, right, float32 [N, anchors, 4], not yet cut at the picture's edges. */
function addBoxDecoding(
  graph: OnnxGraph,
  { encodings, anchors, encodingScales }: SsdHead,
  add: (op: string, inputs: string[], name: string, attributes?: OnnxNode['attributes']) => string,
): string {
  const count = anchors.data.length / 4;
  const centres = new Float32Array(count * 2);
  const moves = new Float32Array(count * 2);
  const halves = new Float32Array(count * 2);
  const edge = (anchor: number, side: number): number => anchors.data[anchor * 4 + side] ?? 0;
  for (let anchor = 0; anchor < count; anchor++) {
    for (const axis of [0, 1] as const) {
      const length = edge(anchor, axis + 2) - edge(anchor, axis);
      centres[anchor * 2 + axis] = edge(anchor, axis) + length / 2;
      moves[anchor * 2 + axis] = length / encodingScales[axis];
      halves[anchor * 2 + axis] = length / 2;
    }
  }
  const perAnchor = (values: Float32Array, name: string): string =>
    graph.constant(float32([count, 2], values), `head/${name}`);
  const stretch = float32([2], [1 / encodingScales[2], 1 / encodingScales[3]]);

  const [position, size] = graph.addMany('Split', [encodings], { axis: { int: 2 } }, 'head/encoding', 2);
  if (position === undefined || size === undefined) throw new Error('Split gave no two halves');
  const moved = add('Mul', [position, perAnchor(moves, 'anchor-moves')], 'moved');
  const centre = add('Add', [moved, perAnchor(centres, 'anchor-centres')], 'centre');
  const stretched = add(
    'Exp',
    [add('Mul', [size, graph.constant(stretch, 'head/stretch')], 'stretch-log')],
    'stretched',
  );
  const half = add('Mul', [stretched, perAnchor(halves, 'anchor-halves')], 'half');
  const corners = [add('Sub', [centre, half], 'top-left'), add('Add', [centre, half], 'bottom-right')];
  return add('Concat', corners, 'corners', { axis: { int: 2 } });
}
