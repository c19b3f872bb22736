import type { OnnxGraph } from '../onnxGraph.ts';
import { float32, int64 } from '../tensor.ts';
import {
  type BoxOrder,
  type DetectionHead,
  MAX_DETECTIONS,
  MAX_OVERLAP,
  MAX_SSD_CANDIDATES,
  type ReadyHead,
  type SsdHead,
  type YoloHead,
} from './head.ts';
import { type Add, adder, addPicking, type Candidates } from './suppression.ts';

/** Adds what turns a detector's outputs into detections, and declares the outputs of a deployed graph. */
export function addDetectionHead(
  graph: OnnxGraph,
  head: DetectionHead,
  { minScore }: { minScore: number },
): void {
  addPicking(graph, candidatesOf(new Builder(graph), head), {
    minScore,
    maxOverlap: MAX_OVERLAP[head.head],
    maxDetections: MAX_DETECTIONS,
  });
}

function candidatesOf(build: Builder, head: DetectionHead): Candidates {
  switch (head.head) {
    case 'yolo-v5':
    case 'yolo-v8':
      return yoloCandidates(build, head);
    case 'ssd':
      return ssdCandidates(build, head);
    case 'yolo-end-to-end':
    case 'boxes-scores-classes':
      return readyCandidates(build, head);
    default:
      return head satisfies never;
  }
}

class Builder {
  readonly add: Add;
  readonly #graph: OnnxGraph;

  constructor(graph: OnnxGraph) {
    this.#graph = graph;
    this.add = adder(graph);
  }

  ints = (...values: number[]): string => this.#graph.constant(int64(values), 'livelens/ints');
  floats = (...values: number[]): string =>
    this.#graph.constant(float32([values.length], values), 'livelens/floats');

  /** Columns `from` to `to` (not included) of the last of three axes. */
  columns(value: string, from: number, to: number): string {
    return this.add('Slice', [value, this.ints(from), this.ints(to), this.ints(2)]);
  }

  /** A column of three axes as rows of two. */
  flat(value: string): string {
    return this.add('Reshape', [value, this.ints(0, -1)]);
  }

  toFloat32(value: string): string {
    return this.add('Cast', [value], { to: { int: 1 } });
  }

  /** The largest `count` values of each row and where they stood, largest first. */
  best(rows: string, count: number): [values: string, places: string] {
    const [values = '', places = ''] = this.#graph.addMany(
      'TopK',
      [rows, this.ints(count)],
      { axis: { int: 1 } },
      'livelens/TopK',
      2,
    );
    return [values, places];
  }

  /** Corners in the order of `Candidates`, in 0..1. */
  corners(boxes: string, order: BoxOrder, [unitX, unitY]: readonly [number, number]): string {
    const ordered =
      order === 'left-top-right-bottom'
        ? boxes
        : this.add('Gather', [boxes, this.ints(1, 0, 3, 2)], { axis: { int: 2 } });
    return this.add('Div', [ordered, this.floats(unitX, unitY, unitX, unitY)]);
  }
}

/** Each anchor stands for its best class alone. */
function yoloCandidates(build: Builder, { head, output, classes, unit, isLogits }: YoloHead): Candidates {
  const { add } = build;
  const values = build.toFloat32(output);
  const rows = head === 'yolo-v5' ? values : add('Transpose', [values], { perm: { ints: [0, 2, 1] } });
  const first = head === 'yolo-v5' ? 5 : 4;
  const toScores = (logits: string) => (isLogits ? add('Sigmoid', [logits]) : logits);
  const classScores = toScores(build.columns(rows, first, first + classes));
  const best = add('ArgMax', [classScores], { axis: { int: 2 }, keepdims: { int: 1 } });
  const bestScore = add('GatherElements', [classScores, best], { axis: { int: 2 } });
  const scores =
    head === 'yolo-v5' ? add('Mul', [bestScore, toScores(build.columns(rows, 4, 5))]) : bestScore;

  const centre = build.columns(rows, 0, 2);
  const half = add('Mul', [build.columns(rows, 2, 4), build.floats(0.5)]);
  const corners = add('Concat', [add('Sub', [centre, half]), add('Add', [centre, half])], {
    axis: { int: 2 },
  });
  return {
    corners: build.corners(corners, 'left-top-right-bottom', unit),
    scores: build.flat(scores),
    classes: build.flat(build.toFloat32(best)),
  };
}

/** The best pairs of anchor and class, as torchvision's SSD and TensorFlow's multi-class suppression take them. */
function ssdCandidates(build: Builder, head: SsdHead): Candidates {
  const { add } = build;
  const first = head.hasBackground ? 1 : 0;
  const columns = head.classes + first;
  const raw = build.toFloat32(head.scores);
  const activations = { none: undefined, softmax: 'Softmax', sigmoid: 'Sigmoid' } as const;
  const op = activations[head.activation];
  const all = op === undefined ? raw : add(op, [raw], op === 'Softmax' ? { axis: { int: 2 } } : {});
  const named = build.columns(all, first, columns);
  const count = Math.min(MAX_SSD_CANDIDATES, head.anchors * head.classes);
  const [scores, pairs] = build.best(build.flat(named), count);
  const anchors = add('Div', [pairs, build.ints(head.classes)]);
  const classes = add('Sub', [pairs, add('Mul', [anchors, build.ints(head.classes)])]);
  const anchorColumn = add('Reshape', [anchors, build.ints(0, -1, 1)]);
  const boxes = add(
    'GatherElements',
    [
      build.toFloat32(head.boxes),
      add('Concat', [anchorColumn, anchorColumn, anchorColumn, anchorColumn], { axis: { int: 2 } }),
    ],
    { axis: { int: 1 } },
  );
  return { corners: build.corners(boxes, head.order, head.unit), scores, classes: build.toFloat32(classes) };
}

function readyCandidates(build: Builder, head: ReadyHead): Candidates {
  const { add } = build;
  const [boxes, scores, numbers] = readyParts(build, head);
  const classes = add('Sub', [numbers, build.floats(head.firstClass)]);
  // Rows that stand for nothing often have a class that has no label, such as -1 or the background's 0.
  const middle = (head.classes - 1) / 2;
  const distance = add('Abs', [add('Sub', [classes, build.floats(middle)])]);
  const isNamed = build.toFloat32(add('Less', [distance, build.floats(head.classes / 2)]));
  return {
    corners: build.corners(boxes, head.order, head.unit),
    scores: add('Mul', [scores, isNamed]),
    classes,
  };
}

/** Boxes [N, R, 4], scores [N, R] and numbers of classes [N, R], float32. */
function readyParts(build: Builder, { head, outputs, batched }: ReadyHead): [string, string, string] {
  const [first = '', second = '', third = ''] = outputs;
  if (head === 'yolo-end-to-end') {
    const rows = build.toFloat32(first);
    const column = (from: number) => build.flat(build.columns(rows, from, from + 1));
    return [build.columns(rows, 0, 4), column(4), column(5)];
  }
  const shaped = (output: string, ...sides: number[]) =>
    build.add('Reshape', [build.toFloat32(output), build.ints(batched ? 0 : 1, ...sides)]);
  return [shaped(first, -1, 4), shaped(second, -1), shaped(third, -1)];
}
