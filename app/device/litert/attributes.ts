import type { OnnxNode } from './onnxReader.ts';

const WINDOW = 'auto_pad ceil_mode dilations kernel_shape pads strides';
const REDUCING = 'axes keepdims noop_with_empty_axes';

/** The attributes that writers and `evaluated` follow, and those that say nothing about the result of a run. */
const FOLLOWED: Readonly<Record<string, string>> = {
  ArgMax: 'axis keepdims select_last_index',
  AveragePool: `${WINDOW} count_include_pad`,
  BatchNormalization: 'epsilon momentum',
  Cast: 'to saturate',
  Clip: 'min max',
  Concat: 'axis',
  Constant: 'value value_float value_floats value_int value_ints',
  Conv: 'auto_pad dilations group kernel_shape pads strides',
  Dropout: 'ratio seed',
  Flatten: 'axis',
  Gather: 'axis',
  GatherElements: 'axis',
  Gemm: 'alpha beta transA transB',
  HardSigmoid: 'alpha beta',
  LeakyRelu: 'alpha',
  MaxPool: `${WINDOW} storage_order`,
  NonMaxSuppression: 'center_point_box',
  Pad: 'mode pads value',
  ReduceMax: REDUCING,
  ReduceMean: REDUCING,
  ReduceSum: REDUCING,
  Resize:
    'coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value mode nearest_mode',
  Shape: 'start end',
  Slice: 'axes ends starts',
  Softmax: 'axis',
  Split: 'axis num_outputs split',
  Squeeze: 'axes',
  TopK: 'axis largest sorted',
  Transpose: 'perm',
  Unsqueeze: 'axes',
  Upsample: 'mode',
};

/** Attributes that may only say what an operator does without them. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  BatchNormalization: { training_mode: 0 },
  Elu: { alpha: 1 },
  GatherND: { batch_dims: 0 },
  Reshape: { allowzero: 0 },
  Resize: { antialias: 0, keep_aspect_ratio_policy: 'stretch' },
};

/** The first attribute of a node that would change its result and is not followed here, such as `Elu with alpha`. */
export function ignoredAttribute({ op, attributes }: OnnxNode): string | undefined {
  const followed = new Set(FOLLOWED[op]?.split(' '));
  const ignored = Object.entries(attributes).find(
    ([name, value]) => !followed.has(name) && DEFAULTS[op]?.[name] !== value,
  );
  return ignored && `${op} with ${ignored[0]}`;
}
