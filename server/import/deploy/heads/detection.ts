import type { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { decodeAnchors } from './anchorDecoding.ts';
import { Builder } from './builder.ts';
import { decodeGrid } from './grid.ts';
import { type GridHead, maxOverlapOf } from './gridHead.ts';
import {
  type DetectionHead,
  isOneClassEach,
  MAX_DETECTIONS,
  MAX_SCORED_CANDIDATES,
  type PickedHead,
  type ScoredBoxesHead,
  type YoloHead,
} from './head.ts';
import type { Masks } from './maskForms.ts';
import { addMasks } from './masks.ts';
import { addPicking, type Candidates } from './suppression.ts';

/** Adds what turns a detector's outputs into detections, and declares the outputs of a deployed graph. */
export function addDetectionHead(
  graph: OnnxGraph,
  head: DetectionHead,
  { minScore }: { minScore: number },
): void {
  const candidates = candidatesOf(new Builder(graph), head);
  const { place, sources } = addPicking(graph, candidates, {
    minScore,
    maxOverlap: maxOverlapOf(head),
    maxDetections: MAX_DETECTIONS,
  });
  if ('masks' in head && head.masks) {
    const { corners, coefficients } = candidates;
    addMasks(graph, head.masks, { corners, coefficients, place, sources: sources() });
  }
}

export function candidatesOf(build: Builder, head: DetectionHead): Candidates {
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
    case 'grid':
      return gridCandidates(build, head);
    case 'anchors':
      return scoredCandidates(build, decodeAnchors(build, head));
    default:
      return head satisfies never;
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
  const [bestScore, best] = bestClasses(build, classScores);
  const scores = first === 5 ? add('Mul', [bestScore, toScores(build.columns(rows, 4, 5))]) : bestScore;
  return {
    corners: build.corners(build.columns(rows, 0, 4), head.order, head.unit),
    scores: build.flat(scores),
    classes: build.flat(build.toFloat32(best)),
    ...coefficientsIn(build, rows, head.masks),
  };
}

/** The best score of each row [N, R, 1], and its class. */
function bestClasses({ add }: Builder, scores: string): [scores: string, classes: string] {
  const classes = add('ArgMax', [scores], { axis: { int: 2 }, keepdims: { int: 1 } });
  return [add('GatherElements', [scores, classes], { axis: { int: 2 } }), classes];
}

/** Each of the boxes stands for the best of its scores alone. */
function oneClassEach(
  build: Builder,
  boxes: string,
  scores: string,
  { order, unit }: Pick<ScoredBoxesHead, 'order' | 'unit'>,
): Candidates {
  const [best, classes] = bestClasses(build, scores);
  return {
    corners: build.corners(boxes, order, unit),
    scores: build.flat(best),
    classes: build.flat(build.toFloat32(classes)),
  };
}

const coefficientsIn = (build: Builder, rows: string, masks: Masks | undefined) =>
  masks?.form === 'prototypes' && {
    coefficients: build.columns(rows, masks.first, masks.first + masks.count),
  };

function gridCandidates(build: Builder, head: GridHead): Candidates {
  const decoded = decodeGrid(build, head);
  return head.bestClassAlone
    ? oneClassEach(build, decoded.boxes, decoded.scores, decoded)
    : scoredCandidates(build, decoded);
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
  const activated = op === undefined ? raw : add(op, [raw], op === 'Softmax' ? { axis: { int: 2 } } : {});
  const first = head.background === 'first' ? 1 : 0;
  const named = build.columns(activated, first, first + head.classes);
  const all = isTable ? build.columns(table, 0, 4) : table;
  if (isOneClassEach(head)) return oneClassEach(build, all, named, head);
  const count = Math.min(MAX_SCORED_CANDIDATES, head.anchors * head.classes);
  const [scores, pairs] = build.best(build.flat(named), count);
  const anchors = add('Div', [pairs, build.ints(head.classes)]);
  const classes = add('Sub', [pairs, add('Mul', [anchors, build.ints(head.classes)])]);
  const anchorColumn = add('Reshape', [anchors, build.ints(0, -1, 1)]);
  const boxes = add(
    'GatherElements',
    [all, add('Concat', [anchorColumn, anchorColumn, anchorColumn, anchorColumn], { axis: { int: 2 } })],
    { axis: { int: 1 } },
  );
  return {
    corners: build.corners(boxes, head.order, head.unit),
    scores,
    classes: build.toFloat32(classes),
    rows: anchors,
  };
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
    ...(head.masks?.form === 'prototypes' && coefficientsIn(build, tableOf(build, head), head.masks)),
  };
}

/** The table of `yolo-end-to-end` as float32 [N, R, columns]. */
const tableOf = (build: Builder, { outputs: [table = ''], columns, batched }: PickedHead): string =>
  build.add('Reshape', [build.toFloat32(table), build.ints(batched ? 0 : 1, -1, columns.count)]);

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
    const scores = column(rows, columns.score);
    const numbers =
      columns.class === undefined ? build.add('Mul', [scores, build.floats(0)]) : column(rows, columns.class);
    return [build.columns(rows, columns.box, columns.box + 4), scores, numbers];
  }
  if (third === undefined) {
    const rows = shaped(first, -1, 5);
    return [build.columns(rows, 0, 4), column(rows, 4), shaped(second, -1)];
  }
  return [shaped(first, -1, 4), shaped(second, -1), shaped(third, -1)];
}
