/*
 * What the authors of detectors do with the outputs of their models, written down from their code and documents, number by
 * number and apart from what this project does. Boxes come out as left, top, right, bottom in pixels of the original picture.
 */

/** An output of a model for one picture: its numbers, row by row. */
export type Numbers = ArrayLike<number>;

export interface Detection {
  /** The number of the class, as the authors count. */
  readonly number: number;
  readonly score: number;
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
}

/** Of the original picture, pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
const byScore = (a: Detection, b: Detection) => b.score - a.score;

/** Centre, width, height in 0..1 of the picture. */
function fromCentre(boxes: Numbers, row: number, { width, height }: Size): Detection['box'] {
  const [x = 0, y = 0, w = 0, h = 0] = [0, 1, 2, 3].map((column) => boxes[row * 4 + column] ?? 0);
  return [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height];
}

/**
 * Sigmoid, then the best pairs of query and class: RT-DETR (rtdetrv2_pytorch/src/zoo/rtdetr/rtdetr_postprocessor.py), D-FINE
 * (src/zoo/dfine/postprocessor.py), RF-DETR (src/rfdetr/models/postprocess.py), and transformers'
 * post_process_object_detection of RT-DETR, Conditional and Deformable DETR.
 */
export function sigmoidQueries(logits: Numbers, boxes: Numbers, size: Size, top: number): Detection[] {
  const queries = boxes.length / 4;
  const columns = logits.length / queries;
  return Array.from(logits, (logit, at) => ({
    number: at % columns,
    score: sigmoid(logit),
    box: fromCentre(boxes, Math.floor(at / columns), size),
  }))
    .sort(byScore)
    .slice(0, top);
}

/**
 * Softmax, then the best class of each query, but for the last, which stands for nothing: transformers'
 * post_process_object_detection of DETR, YOLOS and Table Transformer.
 */
export function softmaxQueries(logits: Numbers, boxes: Numbers, size: Size): Detection[] {
  const queries = boxes.length / 4;
  const columns = logits.length / queries;
  return Array.from({ length: queries }, (_, row) => {
    const powers = Array.from({ length: columns }, (__, column) =>
      Math.exp(logits[row * columns + column] ?? 0),
    );
    const sum = powers.reduce((a, b) => a + b, 0);
    const named = powers.slice(0, -1).map((power) => power / sum);
    const score = Math.max(...named);
    return { number: named.indexOf(score), score, box: fromCentre(boxes, row, size) };
  }).sort(byScore);
}

/** Deployed by their authors, RT-DETR and D-FINE give what they found in pixels of `orig_target_sizes`. */
export function deployedLists(labels: Numbers, boxes: Numbers, scores: Numbers): Detection[] {
  return Array.from(scores, (score, row) => ({
    number: labels[row] ?? 0,
    score,
    box: corners(boxes, row * 4),
  }));
}

/** Rows of class, score, corners (PaddleDetection, deploy/python/infer.py): those of a class below 0 are fillings. */
export function paddleRows(rows: Numbers, columns = 6): Detection[] {
  return Array.from({ length: rows.length / columns }, (_, row) => ({
    number: rows[row * columns] ?? 0,
    score: rows[row * columns + 1] ?? 0,
    box: corners(rows, row * columns + 2),
  })).filter(({ number }) => number >= 0);
}

/** Rows of corners, score, class (docs.ultralytics.com/guides/end2end-detection), in pixels of the input. */
export function endToEndRows(rows: Numbers, input: Size, size: Size): Detection[] {
  return Array.from({ length: rows.length / 6 }, (_, row) => ({
    number: rows[row * 6 + 5] ?? 0,
    score: rows[row * 6 + 4] ?? 0,
    box: scaled(corners(rows, row * 6), input, size),
  }));
}

/**
 * The best class of each anchor, then suppression within classes (ultralytics/utils/nms.py): [4 + C, A], centre and size in
 * pixels of the input.
 */
export function oneToMany(
  table: Numbers,
  classes: number,
  overlap: number,
  input: Size,
  size: Size,
): Detection[] {
  const anchors = table.length / (4 + classes);
  const value = (column: number, anchor: number) => table[column * anchors + anchor] ?? 0;
  const all = Array.from({ length: anchors }, (_, anchor): Detection => {
    const scores = Array.from({ length: classes }, (__, line) => value(4 + line, anchor));
    const score = Math.max(...scores);
    const [x, y, w, h] = [value(0, anchor), value(1, anchor), value(2, anchor), value(3, anchor)];
    return {
      number: scores.indexOf(score),
      score,
      box: scaled([x - w / 2, y - h / 2, x + w / 2, y + h / 2], input, size),
    };
  });
  return suppressed(all, overlap);
}

/** Corners in pixels of the input with a score for each class, to be suppressed (YOLO-NAS and PP-YOLOE before suppression). */
export function scoredCorners(
  boxes: Numbers,
  scores: Numbers,
  overlap: number,
  input: Size,
  size: Size,
): Detection[] {
  const columns = scores.length / (boxes.length / 4);
  const all = Array.from(scores, (score, at) => ({
    number: at % columns,
    score,
    box: scaled(corners(boxes, Math.floor(at / columns) * 4), input, size),
  }));
  return suppressed(all, overlap);
}

function suppressed(all: Detection[], overlap: number): Detection[] {
  const kept: Detection[] = [];
  for (const one of all.filter(({ score }) => score > 0.05).sort(byScore)) {
    const isTaken = kept.some((other) => other.number === one.number && shared(other.box, one.box) > overlap);
    if (!isTaken) kept.push(one);
  }
  return kept;
}

/** Intersection over union. */
function shared(a: Detection['box'], b: Detection['box']): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Detection['box']) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

const corners = (values: Numbers, at: number): Detection['box'] => [
  values[at] ?? 0,
  values[at + 1] ?? 0,
  values[at + 2] ?? 0,
  values[at + 3] ?? 0,
];

/** From pixels of the input, to which the picture was stretched, to those of the picture. */
const scaled = ([left, top, right, bottom]: Detection['box'], input: Size, size: Size): Detection['box'] => [
  (left * size.width) / input.width,
  (top * size.height) / input.height,
  (right * size.width) / input.width,
  (bottom * size.height) / input.height,
];
