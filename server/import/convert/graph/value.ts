import type { Dim, Dims } from '../../onnx/dims.ts';
import type { DType, Tensor } from '../../onnx/tensor.ts';

/**
 * Where the channels of a four-axis tensor stand. TensorFlow keeps them last (NHWC), ONNX wants them first
 * (NCHW). Everything that is not four-axis counts as `last`.
 */
export type Layout = 'last' | 'first';

/**
 * What a TensorFlow tensor is during conversion. `dims` are always TensorFlow's own, channels last; the layout
 * is only how the tensor happens to be stored in the ONNX graph.
 */
export type Value = ConstantValue | SizesValue | ComputedValue;

/** Known at import. */
export interface ConstantValue {
  readonly kind: 'constant';
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly tensor: Tensor;
}

/** Whole numbers known up to the batch size: what TensorFlow's Shape gives and Reshape takes. */
export interface SizesValue {
  readonly kind: 'sizes';
  readonly dtype: 'int32';
  /** `[]` for a single number, else `[sizes.length]`. */
  readonly dims: readonly number[];
  readonly sizes: Dims;
}

/** Known at run time only. Stored in one layout at first; the other is added when an op asks for it. */
export interface ComputedValue {
  readonly kind: 'computed';
  readonly dtype: DType;
  readonly dims: Dims;
  /** The layout that the op which made it gave it in. */
  readonly layout: Layout;
  /** Its names in the ONNX graph, at least that of `layout`. */
  readonly names: Partial<Record<Layout, string>>;
}

export function computed(
  name: string,
  dims: Dims,
  dtype: DType = 'float32',
  layout: Layout = 'last',
): ComputedValue {
  return { kind: 'computed', dtype, dims, layout, names: { [layout]: name } };
}

export const constantValue = (tensor: Tensor): ConstantValue => ({
  kind: 'constant',
  dtype: tensor.dtype,
  dims: tensor.shape,
  tensor,
});

export const sizesValue = (sizes: Dims): SizesValue => ({
  kind: 'sizes',
  dtype: 'int32',
  dims: [sizes.length],
  sizes,
});
export const sizeValue = (size: Dim): SizesValue => ({
  kind: 'sizes',
  dtype: 'int32',
  dims: [],
  sizes: [size],
});

/** The axis of an NCHW tensor that is axis `i` of the NHWC one. */
export const axisInFirst = (axis: number): number => [0, 2, 3, 1][axis] ?? axis;
export const lastToFirst: readonly number[] = [0, 3, 1, 2];
export const firstToLast: readonly number[] = [0, 2, 3, 1];
