import { type Constant, wholes } from './constant.ts';

interface Options {
  /** Whether boxes are centre and size, and not two corners. */
  readonly isCentred: boolean;
  /** At most this many of each class of each picture. */
  readonly maxBoxes: number;
  /** Of two boxes that overlap more, the one of the lower score goes. */
  readonly maxOverlap: number;
  /** Boxes take part from above this score on; undefined: all. */
  readonly minScore: number | undefined;
}

/**
 * Non-maximum suppression as ONNX' NonMaxSuppression has it: rows of picture, class and box, best score first within a class.
 * @param boxes [N, K, 4]
 * @param scores [N, C, K]
 */
export function suppress(
  boxes: Constant,
  scores: Constant,
  { isCentred, maxBoxes, maxOverlap, minScore }: Options,
): Constant {
  const [pictures = 0, classes = 0, count = 0] = scores.dims;
  const rows: number[] = [];
  for (let picture = 0; picture < pictures; picture++) {
    const corners = cornersOf(boxes.data, picture * count * 4, count, isCentred);
    for (let kind = 0; kind < classes; kind++) {
      const first = (picture * classes + kind) * count;
      const ofClass = scores.data.subarray(first, first + count);
      for (const box of pick(corners, ofClass, { maxBoxes, maxOverlap, minScore }))
        rows.push(picture, kind, box);
    }
  }
  return wholes([rows.length / 3, 3], rows);
}

function pick(
  corners: Float32Array,
  scores: Float32Array | Float64Array,
  { maxBoxes, maxOverlap, minScore }: Omit<Options, 'isCentred'>,
): number[] {
  const candidates: number[] = [];
  for (let at = 0; at < scores.length; at++) {
    if (minScore === undefined || (scores[at] ?? 0) > minScore) candidates.push(at);
  }
  // The order of equals is kept: of two equal scores, the first box is taken first.
  candidates.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const picked: number[] = [];
  for (const box of candidates) {
    if (picked.length >= maxBoxes) break;
    if (!picked.some((other) => overlap(corners, box, other) > maxOverlap)) picked.push(box);
  }
  return picked;
}

/** Lower and upper ends of both axes of each box, whichever of its corners come first. */
function cornersOf(
  data: Float32Array | Float64Array,
  start: number,
  count: number,
  isCentred: boolean,
): Float32Array {
  const corners = new Float32Array(count * 4);
  for (let at = 0; at < count * 4; at += 4) {
    for (const axis of [0, 1]) {
      const first = data[start + at + axis] ?? 0;
      const second = data[start + at + axis + 2] ?? 0;
      const [from, to] = isCentred
        ? [first - second / 2, first + second / 2]
        : [Math.min(first, second), Math.max(first, second)];
      corners[at + axis] = from;
      corners[at + axis + 2] = to;
    }
  }
  return corners;
}

/** Intersection over union. */
function overlap(corners: Float32Array, a: number, b: number): number {
  const side = (box: number, end: number) => corners[box * 4 + end] ?? 0;
  const shared = (axis: number) =>
    Math.max(0, Math.min(side(a, axis + 2), side(b, axis + 2)) - Math.max(side(a, axis), side(b, axis)));
  const area = (box: number) => (side(box, 2) - side(box, 0)) * (side(box, 3) - side(box, 1));
  const intersection = shared(0) * shared(1);
  const union = area(a) + area(b) - intersection;
  return union > 0 ? intersection / union : 0;
}
