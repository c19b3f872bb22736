import type { Dims } from '../../onnx/dims.ts';
import type { ConverterContext } from '../graph/converter.ts';
import { computed, type Value } from '../graph/value.ts';

/** An axis counted from the first; ONNX and TensorFlow count negative ones from the last. */
export const fromEnd = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The whole numbers of a value that are known up to the batch size, or undefined for run-time values. */
export function sizesOf(value: Value): Dims | undefined {
  if (value.kind === 'sizes') return value.sizes;
  if (value.kind === 'constant' && value.dtype === 'int32' && value.dims.length <= 1) {
    return Array.from(value.tensor.data, Number);
  }
  return undefined;
}

/** Gives a computed tensor another shape of as many elements. */
export function toDims(ctx: ConverterContext, x: Value, dims: Dims): Value {
  const batched = dims.filter((dim) => typeof dim !== 'number');
  if (batched.length > 1) throw ctx.unsupported('puts the batch size into one shape twice');
  const numbers = dims.map((dim) => (typeof dim === 'number' ? dim : -1));
  return computed(ctx.add('Reshape', [ctx.name(x), ctx.addInts(numbers, 'shape')]), dims, x.dtype);
}
