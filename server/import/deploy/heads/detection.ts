import type { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { float32, int64 } from '../../onnx/tensor.ts';
import {
  type BoxOrder,
  type DetectionHead,
  MAX_DETECTIONS,
  MAX_OVERLAP,
  MAX_SCORED_CANDIDATES,
  type PickedHead,
  type ScoredBoxesHead,
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
    case 'detr':
      return scoredCandidates(build, head);
    case 'yolo-end-to-end':
    case 'boxes-scores-classes':
      return pickedCandidates(build, head);
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
    return this.add('Div', [this.#cornersOf(boxes, order), this.floats(unitX, unitY, unitX, unitY)]);
  }

  #cornersOf(boxes: string, order: BoxOrder): string {
    if (order === 'left-top-right-bottom') return boxes;
    if (order === 'top-left-bottom-right') {
      return this.add('Gather', [boxes, this.ints(1, 0, 3, 2)], { axis: { int: 2 } });
    }
    const place = this.columns(boxes, 0, 2);
    const size = this.columns(boxes, 2, 4);
    const half = this.add('Mul', [size, this.floats(0.5)]);
    const ends =
      order === 'centre-width-height'
        ? [this.add('Sub', [place, half]), this.add('Add', [place, half])]
        : [place, this.add('Add', [place, size])];
    return this.add('Concat', ends, { axis: { int: 2 } });
  }
}

/** Each anchor stands for its best class alone. */
function yoloCandidates(build: Builder, head: YoloHead): Candidates {
  const { add } = build;
  const values = build.toFloat32(head.output);
  const rows = head.anchorsFirst ? values : add('Transpose', [values], { perm: { ints: [0, 2, 1] } });
  const first = head.head === 'yolo-v5' ? 5 : 4;
  const toScores = (logits: string) => (head.isLogits ? add('Sigmoid', [logits]) : logits);
  const classScores = toScores(build.columns(rows, first, first + head.classes));
  const best = add('ArgMax', [classScores], { axis: { int: 2 }, keepdims: { int: 1 } });
  const bestScore = add('GatherElements', [classScores, best], { axis: { int: 2 } });
  const scores = first === 5 ? add('Mul', [bestScore, toScores(build.columns(rows, 4, 5))]) : bestScore;
  return {
    corners: build.corners(build.columns(rows, 0, 4), head.order, head.unit),
    scores: build.flat(scores),
    classes: build.flat(build.toFloat32(best)),
  };
}

/** The best pairs of anchor and class, as torchvision's SSD and TensorFlow's multi-class suppression take them. */
function scoredCandidates(build: Builder, head: ScoredBoxesHead): Candidates {
  const { add } = build;
  const columns = head.classes + (head.background === 'none' ? 0 : 1);
  const isTable = head.boxes === head.scores;
  const table = build.toFloat32(head.boxes);
  const raw = isTable ? build.columns(table, 4, 4 + columns) : build.toFloat32(head.scores);
  const activations = { none: undefined, softmax: 'Softmax', sigmoid: 'Sigmoid' } as const;
  const op = activations[head.activation];
  const all = op === undefined ? raw : add(op, [raw], op === 'Softmax' ? { axis: { int: 2 } } : {});
  const first = head.background === 'first' ? 1 : 0;
  const named = build.columns(all, first, first + head.classes);
  const count = Math.min(MAX_SCORED_CANDIDATES, head.anchors * head.classes);
  const [scores, pairs] = build.best(build.flat(named), count);
  const anchors = add('Div', [pairs, build.ints(head.classes)]);
  const classes = add('Sub', [pairs, add('Mul', [anchors, build.ints(head.classes)])]);
  const anchorColumn = add('Reshape', [anchors, build.ints(0, -1, 1)]);
  const boxes = add(
    'GatherElements',
    [
      isTable ? build.columns(table, 0, 4) : table,
      add('Concat', [anchorColumn, anchorColumn, anchorColumn, anchorColumn], { axis: { int: 2 } }),
    ],
    { axis: { int: 1 } },
  );
  return { corners: build.corners(boxes, head.order, head.unit), scores, classes: build.toFloat32(classes) };
}

function pickedCandidates(build: Builder, head: PickedHead): Candidates {
  const { add } = build;
  const [boxes, scores, numbers] = pickedParts(build, head);
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
function pickedParts(
  build: Builder,
  { head, outputs, columns, batched }: PickedHead,
): [string, string, string] {
  const [first = '', second = '', third] = outputs;
  const shaped = (output: string, ...sides: number[]) =>
    build.add('Reshape', [build.toFloat32(output), build.ints(batched ? 0 : 1, ...sides)]);
  const column = (rows: string, at: number) => build.flat(build.columns(rows, at, at + 1));
  if (head === 'yolo-end-to-end') {
    const rows = shaped(first, -1, columns.count);
    return [
      build.columns(rows, columns.box, columns.box + 4),
      column(rows, columns.score),
      column(rows, columns.class),
    ];
  }
  if (third === undefined) {
    const rows = shaped(first, -1, 5);
    return [build.columns(rows, 0, 4), column(rows, 4), shaped(second, -1)];
  }
  return [shaped(first, -1, 4), shaped(second, -1), shaped(third, -1)];
}
