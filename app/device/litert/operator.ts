import { type Constant, sizeOfDims } from './constant.ts';
import type { Attributes } from './onnxReader.ts';

/** One operator of ONNX, by plain loops. */
export type Evaluate = (
  inputs: readonly (Constant | undefined)[],
  attributes: Attributes,
  outputs: number,
) => Constant | readonly Constant[];

/** @throws Error where it is left out */
export function needed(inputs: readonly (Constant | undefined)[], at = 0): Constant {
  const input = inputs[at];
  if (input === undefined) throw new Error(`An operator lacks its input ${at}.`);
  return input;
}

/** Room for numbers of the same kind. */
export const dense = (like: Constant, size: number): Float32Array | Float64Array =>
  like.isFloat ? new Float32Array(size) : new Float64Array(size);

/** Numbers of the same kind. */
export const made = (like: Constant, dims: readonly number[], data: Float32Array | Float64Array): Constant =>
  ({ isFloat: like.isFloat, dims, data }) as Constant;

/** Three sides of a value: those before an axis, the axis, and those behind it. */
export function around(
  dims: readonly number[],
  axis: number,
): [before: number, side: number, behind: number] {
  return [sizeOfDims(dims.slice(0, axis)), dims[axis] ?? 1, sizeOfDims(dims.slice(axis + 1))];
}
