import { ImportError } from '../importError.ts';

/** A tensor whose values are known at import: row-major, `data.length` is the product of `shape`. */
export type Tensor =
  | {
      readonly dtype: 'float32';
      readonly shape: readonly number[];
      readonly data: Float32Array;
      readonly steps?: Steps | undefined;
    }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: 'uint8' | 'bool'; readonly shape: readonly number[]; readonly data: Uint8Array };
/** Values that are whole multiples: value = scale * (whole - zeroPoint), of uint8. One for all, or one for each output channel. */
export interface Steps {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
}
export type DType = Tensor['dtype'];

export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((count, side) => count * side, 1);

export const float32 = (
  shape: readonly number[],
  values: ArrayLike<number>,
): Tensor & { dtype: 'float32' } => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

/** @throws ImportError `malformed_source` if a value is not a whole number */
export function int64(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  const wrong = values.findIndex((value) => !Number.isSafeInteger(value));
  if (wrong >= 0) {
    throw new ImportError('malformed_source', `${values[wrong]} stands where a whole number is needed`);
  }
  return { dtype: 'int64', shape, data: BigInt64Array.from(values.map(BigInt)) };
}

/** The nearest whole number of 32 bits: what is beyond does not come out with the other sign. */
export const roundToInt32 = (value: number): number =>
  Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.round(value)));

/** The same values under another shape. */
export function reshape<T extends Tensor>(tensor: T, shape: readonly number[]): T {
  if (elementCount(shape) !== tensor.data.length) {
    throw new ImportError(
      'malformed_source',
      `cannot view ${tensor.data.length} values as [${shape.join(', ')}]`,
    );
  }
  return { ...tensor, shape };
}

/** Moves the axes: axis `i` of the result is axis `order[i]` of the tensor, as in ONNX Transpose. */
export function transpose<T extends Tensor>(tensor: T, order: readonly number[]): T {
  const shape = order.map((axis) => at(tensor.shape, axis));
  const strides = tensor.shape.map((_, axis) => elementCount(tensor.shape.slice(axis + 1)));
  const steps = order.map((axis) => at(strides, axis));
  return { ...tensor, shape, data: gather(tensor.data, shape, steps) };
}

/** `shape` is that of the result, `steps` how far apart neighbours along its axes stand in `data`. */
function gather(data: Tensor['data'], shape: readonly number[], steps: readonly number[]): Tensor['data'] {
  if (data instanceof BigInt64Array) {
    const result = new BigInt64Array(data.length);
    walk(shape, steps, (to, from) => {
      result[to] = at(data, from);
    });
    return result;
  }
  const result = data.slice();
  walk(shape, steps, (to, from) => {
    result[to] = data[from] ?? 0;
  });
  return result;
}

/** Counts through all entries of the result in order, and gives the source of each. */
function walk(
  shape: readonly number[],
  steps: readonly number[],
  visit: (to: number, from: number) => void,
): void {
  const rank = shape.length;
  const count = elementCount(shape);
  const index = new Uint32Array(rank);
  let from = 0;
  for (let to = 0; to < count; to++) {
    visit(to, from);
    for (let axis = rank - 1; axis >= 0; axis--) {
      const step = steps[axis] ?? 0;
      const side = shape[axis] ?? 0;
      from += step;
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next;
      if (next < side) break;
      from -= step * side;
      index[axis] = 0;
    }
  }
}

/** `list[index]` of an index that must exist; negative indices count from the end. */
export function at<T>(list: { readonly [index: number]: T; readonly length: number }, index: number): T {
  const value = list[index < 0 ? index + list.length : index];
  if (value === undefined) {
    throw new ImportError('malformed_source', `nothing stands at index ${index} of ${list.length} entries`);
  }
  return value;
}
