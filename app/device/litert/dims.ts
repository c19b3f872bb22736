import type { Constant } from './constant.ts';
import { axisOf, sizeOfDims } from './constant.ts';
import type { Attributes } from './onnxReader.ts';

/** An attribute that is a number. */
export const numberOf = (attributes: Attributes, name: string, fallback: number): number => {
  const value = attributes[name];
  return typeof value === 'number' ? value : fallback;
};

export const textOf = (attributes: Attributes, name: string, fallback: string): string => {
  const value = attributes[name];
  return typeof value === 'string' ? value : fallback;
};

/** An attribute that is a list of numbers; undefined where it is not there. */
export const numbersOf = (attributes: Attributes, name: string): readonly number[] | undefined => {
  const value = attributes[name];
  return Array.isArray(value) ? value : undefined;
};

/** What newer operator sets take as an input and older ones as an attribute. */
export const listOf = (
  attributes: Attributes,
  name: string,
  input: Constant | undefined,
): readonly number[] | undefined => (input ? Array.from(input.data) : numbersOf(attributes, name));

/** The dims of a Reshape: 0 keeps a side, -1 is what is left. */
export function reshapedDims(dims: readonly number[], wanted: readonly number[]): number[] {
  const sides = wanted.map((side, at) => (side === 0 ? (dims[at] ?? 0) : side));
  const known = sizeOfDims(sides.filter((side) => side >= 0));
  return sides.map((side) => (side < 0 ? sizeOfDims(dims) / known : side));
}

export function unsqueezedDims(dims: readonly number[], axes: readonly number[]): number[] {
  const rank = dims.length + axes.length;
  const added = new Set(axes.map((axis) => axisOf(axis, rank)));
  const rest = [...dims];
  return Array.from({ length: rank }, (_, at) => (added.has(at) ? 1 : (rest.shift() ?? 1)));
}

export function squeezedDims(dims: readonly number[], axes: readonly number[] | undefined): number[] {
  const gone = new Set(axes?.map((axis) => axisOf(axis, dims.length)));
  return dims.filter((side, at) => (axes === undefined ? side !== 1 : !gone.has(at)));
}

/** @param axes undefined: all */
export function reducedDims(
  dims: readonly number[],
  axes: readonly number[] | undefined,
  keepsDims: boolean,
): number[] {
  const gone = new Set(axes?.map((axis) => axisOf(axis, dims.length)) ?? dims.keys());
  return dims.flatMap((side, at) => (gone.has(at) ? (keepsDims ? [1] : []) : [side]));
}

/** How long the parts of a Split are. */
export const splitSizes = (side: number, parts: number, given: readonly number[] | undefined): number[] => {
  if (given !== undefined) return [...given];
  const size = Math.ceil(side / parts);
  return Array.from({ length: parts }, (_, at) => Math.min(size, side - at * size));
};

/** What of each axis a Slice takes. */
export interface SliceRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** @param axes undefined: the first ones, in order */
export function sliceRanges(
  dims: readonly number[],
  {
    starts,
    ends,
    axes,
    steps,
  }: Record<'starts' | 'ends', readonly number[]> & {
    axes: readonly number[] | undefined;
    steps: readonly number[] | undefined;
  },
): SliceRange[] {
  const ranges: SliceRange[] = dims.map((count) => ({ start: 0, step: 1, count }));
  for (const [at, from] of starts.entries()) {
    const axis = axisOf(axes?.[at] ?? at, dims.length);
    const side = dims[axis] ?? 0;
    const step = steps?.[at] ?? 1;
    const place = (end: number, least: number, most: number) =>
      Math.max(least, Math.min(most, end < 0 ? end + side : end));
    const start = step > 0 ? place(from, 0, side) : place(from, 0, side - 1);
    const end = step > 0 ? place(ends[at] ?? side, 0, side) : place(ends[at] ?? side, -1, side - 1);
    ranges[axis] = { start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
  }
  return ranges;
}

/** The dims of what an operator gives whose inputs are stretched to each other. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, at) => {
    const left = a[at - rank + a.length] ?? 1;
    const right = b[at - rank + b.length] ?? 1;
    return left === 1 ? right : left;
  });
}
