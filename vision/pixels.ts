import type { Resample } from '../protocol/steps.ts';
import type { Move, Size } from './steps.ts';

/** A decoded picture: uint8 RGB, [height, width, 3]. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

type MoveOf<Op extends Move['op']> = Extract<Move, { op: Op }>;

/** Colours without alpha. @param rgb takes them: three bytes for each pixel */
export function withoutAlpha<Rgb extends Uint8Array>(rgba: Uint8ClampedArray, rgb: Rgb): Rgb {
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgba[from] ?? 0;
    rgb[to + 1] = rgba[from + 1] ?? 0;
    rgb[to + 2] = rgba[from + 2] ?? 0;
  }
  return rgb;
}

/** The part of a picture that a crop leaves; of whole rows a view. */
export function cropped({ data, width }: Pixels, to: Rect): Pixels {
  const row = to.width * 3;
  if (to.width === width) {
    return { data: data.subarray(to.top * row, (to.top + to.height) * row), width, height: to.height };
  }
  const result = new Uint8Array(row * to.height);
  for (let y = 0; y < to.height; y++) {
    const from = ((to.top + y) * width + to.left) * 3;
    result.set(data.subarray(from, from + row), y * row);
  }
  return { data: result, width: to.width, height: to.height };
}

/** The picture, and around it a colour. */
export function padded({ data, width, height }: Pixels, to: MoveOf<'pad'>): Pixels {
  const result = new Uint8Array(to.width * to.height * 3);
  const row = to.width * 3;
  for (let at = 0; at < row; at += 3) result.set(to.colour, at);
  for (let y = 1; y < to.height; y++) result.copyWithin(y * row, 0, row);
  for (let y = 0; y < height; y++) {
    const shown = data.subarray(y * width * 3, (y + 1) * width * 3);
    result.set(shown, (to.top + y) * row + to.left * 3);
  }
  return { data: result, width: to.width, height: to.height };
}

/** Pictures up to this size are shrunk as Pillow does, to the bit, in some 10 ms. Larger ones by sharp, in half of the time. */
const MAX_EXACT_PIXELS = 1_048_576;

/** Whether a picture of this size is also shrunk by `resized`; with `nearest` every one is. */
export const isExact = ({ width, height }: Size, resample: Exclude<Resample, 'nearest'>): boolean =>
  resample !== 'bilinear' && width * height <= MAX_EXACT_PIXELS;

/** A part of a picture, whole pixels. */
export type Rect = Omit<MoveOf<'crop'>, 'op'>;

/** What of its result the resize at that place must compute: all, or what a crop right after it keeps. */
export function keptOf(moves: readonly Move[], at: number, { to }: MoveOf<'resize'>): Rect {
  const next = moves[at + 1];
  return next?.op === 'crop' ? next : { left: 0, top: 0, ...to };
}

/**
 * What `kept` leaves of the picture in its new size, pixel for pixel as Pillow's `Image.resize` makes it: first each row,
 * rounded, then each column. Nothing else is computed.
 */
export function resized(pixels: Pixels, to: Size, kept: Rect, resample: Resample): Pixels {
  const x = { to: to.width, start: kept.left, length: kept.width };
  const y = { to: to.height, start: kept.top, length: kept.height };
  if (resample === 'nearest') return sampled(pixels, x, y);
  const columns = pixels.width === to.width ? undefined : weigh(pixels.width, x, resample);
  const rows = pixels.height === to.height ? undefined : weigh(pixels.height, y, resample);
  const top = rows ? (rows.starts[0] ?? 0) : kept.top;
  const bottom = rows ? (rows.starts.at(-1) ?? 0) + rows.taps : kept.top + kept.height;
  const read = columns ? { left: 0, width: pixels.width } : { left: kept.left, width: kept.width };
  let mixed = cropped(pixels, { ...read, top, height: bottom - top });
  if (columns) mixed = mixColumns(mixed, columns);
  return rows ? mixRows(mixed, rows, top) : mixed;
}

/** Which pixels of an axis of `to` pixels are wanted. */
interface Span {
  readonly to: number;
  readonly start: number;
  readonly length: number;
}

/** For each pixel of an axis: the first one that it is made of, and the weights of that and those behind it. */
interface Weights {
  readonly starts: Int32Array;
  readonly weights: Int32Array;
  readonly taps: number;
}

function mixColumns({ data, width, height }: Pixels, { starts, weights, taps }: Weights): Pixels {
  const length = starts.length;
  const result = new Uint8ClampedArray(length * height * 3);
  let out = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < length; x++) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = (row + (starts[x] ?? 0)) * 3;
      let tap = x * taps;
      const end = tap + taps;
      // Two at a time: it is half of the time that a frame takes here.
      for (; tap + 1 < end; tap += 2, from += 6) {
        const w0 = weights[tap] ?? 0;
        const w1 = weights[tap + 1] ?? 0;
        red += Math.imul(data[from] ?? 0, w0) + Math.imul(data[from + 3] ?? 0, w1);
        green += Math.imul(data[from + 1] ?? 0, w0) + Math.imul(data[from + 4] ?? 0, w1);
        blue += Math.imul(data[from + 2] ?? 0, w0) + Math.imul(data[from + 5] ?? 0, w1);
      }
      if (tap < end) {
        const weight = weights[tap] ?? 0;
        red += Math.imul(data[from] ?? 0, weight);
        green += Math.imul(data[from + 1] ?? 0, weight);
        blue += Math.imul(data[from + 2] ?? 0, weight);
      }
      result[out] = red >> PRECISION;
      result[out + 1] = green >> PRECISION;
      result[out + 2] = blue >> PRECISION;
      out += 3;
    }
  }
  return { data: new Uint8Array(result.buffer), width: length, height };
}

/** Rows that are added up in one pass: a pass for each takes twice as long. */
const ROWS = 4;

function mixRows({ data, width }: Pixels, { starts, weights, taps }: Weights, first: number): Pixels {
  const row = width * 3;
  const result = new Uint8ClampedArray(starts.length * row);
  const sums = new Int32Array(row);
  for (let y = 0; y < starts.length; y++) {
    const top = (starts[y] ?? 0) - first;
    if (taps > ROWS) sums.fill(HALF);
    for (let tap = 0; tap < taps; tap += ROWS) {
      const at = y * taps + tap;
      const weightOf = (more: number) => (tap + more < taps ? (weights[at + more] ?? 0) : 0);
      const [w0, w1, w2, w3] = [weightOf(0), weightOf(1), weightOf(2), weightOf(3)];
      // A row that counts for nothing may lie beyond the picture: the first one stands for it.
      const row0 = (top + tap) * row;
      const row1 = w1 === 0 ? row0 : row0 + row;
      const row2 = w2 === 0 ? row0 : row0 + 2 * row;
      const row3 = w3 === 0 ? row0 : row0 + 3 * row;
      if (taps <= ROWS) {
        for (let i = 0, out = y * row; i < row; i++, out++) {
          const sum =
            HALF +
            Math.imul(data[row0 + i] ?? 0, w0) +
            Math.imul(data[row1 + i] ?? 0, w1) +
            Math.imul(data[row2 + i] ?? 0, w2) +
            Math.imul(data[row3 + i] ?? 0, w3);
          result[out] = sum >> PRECISION;
        }
      } else {
        for (let i = 0; i < row; i++) {
          const more =
            Math.imul(data[row0 + i] ?? 0, w0) +
            Math.imul(data[row1 + i] ?? 0, w1) +
            Math.imul(data[row2 + i] ?? 0, w2) +
            Math.imul(data[row3 + i] ?? 0, w3);
          sums[i] = (sums[i] ?? 0) + more;
        }
      }
    }
    if (taps > ROWS)
      for (let i = 0, out = y * row; i < row; i++, out++) result[out] = (sums[i] ?? 0) >> PRECISION;
  }
  return { data: new Uint8Array(result.buffer), width, height: starts.length };
}

/** Pillow computes with weights of 22 bits behind the point, in 32 bits. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** How far each kernel reaches, in pixels, and its weight at a distance: those of Pillow. */
const KERNELS: Readonly<
  Record<Exclude<Resample, 'nearest'>, readonly [number, (distance: number) => number]>
> = {
  bilinear: [1, (x) => 1 - x],
  antialiased: [1, (x) => 1 - x],
  bicubic: [2, (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2)],
  lanczos: [3, (x) => sinc(x) * sinc(x / 3)],
};
const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

function weigh(from: number, { to, start, length }: Span, resample: Exclude<Resample, 'nearest'>): Weights {
  const [support, kernel] = KERNELS[resample];
  const scale = from / to;
  // Shrinking, it covers all that the new pixel does.
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  const spanOf = (i: number) => {
    const middle = (start + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(middle - reach + 0.5));
    return { middle, first, count: Math.min(from, Math.trunc(middle + reach + 0.5)) - first };
  };
  // No more than are needed: each costs time for each pixel.
  let taps = 0;
  for (let i = 0; i < length; i++) taps = Math.max(taps, spanOf(i).count);
  const starts = new Int32Array(length);
  const weights = new Int32Array(length * taps);
  for (let i = 0; i < length; i++) {
    const { middle, first, count } = spanOf(i);
    const weightOf = (tap: number) => {
      const distance = Math.abs((first + tap - middle + 0.5) / stretch);
      return distance < support ? kernel(distance) : 0;
    };
    // What lies beyond the edge counts for nothing, and the rest for all.
    let sum = 0;
    for (let tap = 0; tap < count; tap++) sum += weightOf(tap);
    // All taps lie within the picture: at its end they begin earlier.
    const begin = Math.min(first, from - taps);
    starts[i] = begin;
    for (let tap = 0; tap < count; tap++) {
      weights[i * taps + first - begin + tap] = Math.round((weightOf(tap) / sum) * 2 ** PRECISION);
    }
  }
  return { starts, weights, taps };
}

function sampled({ data, width, height }: Pixels, x: Span, y: Span): Pixels {
  const columns = nearest(width, x);
  const result = new Uint8Array(x.length * y.length * 3);
  let out = 0;
  for (const row of nearest(height, y)) {
    for (const column of columns) {
      const from = (row * width + column) * 3;
      result[out++] = data[from] ?? 0;
      result[out++] = data[from + 1] ?? 0;
      result[out++] = data[from + 2] ?? 0;
    }
  }
  return { data: result, width: x.length, height: y.length };
}

/** Which pixel each is; as Pillow adds up, so that those between two are the same one. */
function nearest(from: number, { to, start, length }: Span): Int32Array {
  const result = new Int32Array(length);
  const scale = from / to;
  let at = scale * 0.5;
  for (let i = 0; i < start + length; i++, at += scale) {
    if (i >= start) result[i - start] = Math.min(from - 1, Math.trunc(at));
  }
  return result;
}
