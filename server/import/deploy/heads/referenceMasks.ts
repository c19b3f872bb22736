import type { Box } from '../../../../vision/geometry.ts';
import type { ClassMap } from '../../../../vision/tasks/semanticSegmentation.ts';
import type { Outputs } from '../../onnx/sourceSession.ts';
import { at } from '../../onnx/tensor.ts';
import type { DetectionHead, SemanticHead } from './head.ts';
import {
  LEAST_SIDE,
  type Masks,
  mapSize,
  maskSize,
  type PlaneSize,
  type Prototypes,
  type RowMasks,
} from './maskForms.ts';
import { activate, dataOf } from './outputValues.ts';

/** What has a mask: where it was found, left, top, right and bottom in 0..1 of the input, and in which row. */
interface Masked {
  readonly corners: Box;
  readonly row?: number;
}

/** The masks of detections as a deployed graph gives them, in plain JavaScript. */
export function masksOf(
  masks: Masks,
  head: DetectionHead,
  outputs: Outputs,
  masked: readonly Masked[],
): PlaneSize & { data: Uint8Array } {
  const { width, height } = maskSize(masks);
  const area = width * height;
  const data = new Uint8Array(masked.length * area);
  const shares =
    masks.form === 'prototypes'
      ? ofPrototypes(masks, head, outputs)
      : (one: Masked) => ofRow(masks, outputs, one);
  for (const [index, one] of masked.entries()) {
    for (const [cell, share] of shares(one).entries()) {
      data[index * area + cell] = Math.floor(255 * share + 0.5);
    }
  }
  return { data, width, height };
}

function ofPrototypes(
  masks: Prototypes,
  head: DetectionHead,
  outputs: Outputs,
): (masked: Masked) => Float64Array {
  const { width, height } = mapSize(masks);
  const isAnchors = head.head === 'yolo-v5' || head.head === 'yolo-v8';
  const [name = ''] = isAnchors ? [head.output] : 'outputs' in head ? head.outputs : [];
  const columns = isAnchors ? head.columns : head.head === 'yolo-end-to-end' ? head.columns.count : 1;
  const isTurned = isAnchors && !head.anchorsFirst;
  const table = dataOf(outputs, name);
  const maps = dataOf(outputs, masks.output);
  const prototypes = Array.from({ length: masks.count }, (_, one) =>
    sampled(masks, (cell) => valueAt(maps, masks, masks.count, one, cell)),
  );
  return ({ row = 0 }) =>
    new Float64Array(width * height).map((_, cell) => {
      let sum = 0;
      for (const [one, map] of prototypes.entries()) {
        const column = masks.first + one;
        const place = isTurned ? column * (table.length / columns) + row : row * columns + column;
        sum += at(table, place) * (map[cell] ?? 0);
      }
      return 1 / (1 + Math.exp(-sum));
    });
}

function ofRow(masks: RowMasks, outputs: Outputs, { corners, row = 0 }: Masked): Float64Array {
  const { width, height, activation } = masks;
  const all = dataOf(outputs, masks.output);
  const map = all.subarray(row * width * height, (row + 1) * width * height);
  if (masks.over === 'input')
    return activate(
      sampled(masks, (cell) => at(map, cell)),
      activation,
    );
  const values = activate(map, activation);
  /** Nothing is around a map. */
  const value = (x: number, y: number) =>
    x < 0 || x >= width || y < 0 || y >= height ? 0 : at(values, y * width + x);
  const to = maskSize(masks);
  const [left, top, right, bottom] = corners;
  const inMap = (middle: number, start: number, end: number, cells: number) =>
    ((middle - start) / Math.max(end - start, LEAST_SIDE)) * cells - 0.5;
  return new Float64Array(to.width * to.height).map((_, cell) => {
    const x = inMap(((cell % to.width) + 0.5) / to.width, left, right, width);
    const y = inMap((Math.floor(cell / to.width) + 0.5) / to.height, top, bottom, height);
    const [column, line] = [Math.floor(x), Math.floor(y)];
    const across = (of: number) =>
      value(column, of) * (1 - (x - column)) + value(column + 1, of) * (x - column);
    return across(line) * (1 - (y - line)) + across(line + 1) * (y - line);
  });
}

/** The class of each cell as a deployed graph gives it, in plain JavaScript. */
export function classMapOf(head: SemanticHead, outputs: Outputs): ClassMap {
  const { width, height } = mapSize(head);
  const data = dataOf(outputs, head.output);
  const channels = head.isBinary ? 1 : head.classes;
  const maps = Array.from({ length: channels }, (_, channel) =>
    sampled(head, (cell) => valueAt(data, head, channels, channel, cell)),
  );
  const classes = new Int32Array(width * height);
  const scores = new Float32Array(width * height);
  for (let cell = 0; cell < classes.length; cell++) {
    const raw = Float64Array.from(maps, (map) => map[cell] ?? 0);
    const found = head.activation === 'none' ? raw : activate(raw, head.activation);
    const all = head.isBinary ? Float64Array.of(1 - at(found, 0), at(found, 0)) : found;
    const best = all.reduce((most, value, line) => (value > at(all, most) ? line : most), 0);
    classes[cell] = best;
    scores[cell] = at(all, best);
  }
  return { classes, scores, width, height };
}

const valueAt = (
  data: Float64Array,
  { width, height, channelsLast }: PlaneSize & { readonly channelsLast: boolean },
  channels: number,
  channel: number,
  cell: number,
): number => at(data, channelsLast ? cell * channels + channel : channel * width * height + cell);

/** Bilinear, at the middles of the cells of the smaller map. */
function sampled(plane: PlaneSize, value: (cell: number) => number): Float64Array {
  const { width, height } = mapSize(plane);
  const result = new Float64Array(width * height);
  const place = (to: number, size: number, count: number) => {
    const from = Math.min(size - 1, Math.max(0, ((to + 0.5) * size) / count - 0.5));
    const first = Math.floor(from);
    return { first, second: Math.min(size - 1, first + 1), share: from - first };
  };
  for (let y = 0; y < height; y++) {
    const row = place(y, plane.height, height);
    for (let x = 0; x < width; x++) {
      const column = place(x, plane.width, width);
      const across = (from: number) =>
        value(from * plane.width + column.first) * (1 - column.share) +
        value(from * plane.width + column.second) * column.share;
      result[y * width + x] = across(row.first) * (1 - row.share) + across(row.second) * row.share;
    }
  }
  return result;
}
