import { ImportError } from './importError.ts';

/** A tensor whose values are known at import: row-major, `data.length` is the product of `shape`. */
export type Tensor =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: 'uint8' | 'bool'; readonly shape: readonly number[]; readonly data: Uint8Array };
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

export const int64 = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from(values.map(BigInt)),
});

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
  const index = new Array<number>(order.length).fill(0);
  const positions = new Uint32Array(tensor.data.length);
  let position = 0;
  for (let to = 0; to < positions.length; to++) {
    positions[to] = position;
    for (let axis = order.length - 1; axis >= 0; axis--) {
      position += at(steps, axis);
      index[axis] = at(index, axis) + 1;
      if (at(index, axis) < at(shape, axis)) break;
      position -= at(steps, axis) * at(shape, axis);
      index[axis] = 0;
    }
  }
  return { ...tensor, shape, data: gather(tensor.data, positions) };
}

function gather(data: Tensor['data'], positions: Uint32Array): Tensor['data'] {
  if (data instanceof BigInt64Array) {
    const result = new BigInt64Array(positions.length);
    for (let i = 0; i < positions.length; i++) result[i] = at(data, at(positions, i));
    return result;
  }
  const result = data.slice(0, positions.length);
  for (let i = 0; i < positions.length; i++) result[i] = at(data, at(positions, i));
  return result;
}

/** `list[index]` of an index that must exist; negative indices count from the end. */
export function at<T>(list: { readonly [index: number]: T; readonly length: number }, index: number): T {
  const value = list[index < 0 ? index + list.length : index];
  if (value === undefined) {
    throw new ImportError('malformed_source', `nothing stands at index ${index} of ${list.length} entries`);
  }
  return value;
}
