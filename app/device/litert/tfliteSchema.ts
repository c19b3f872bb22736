/** Numbers of the schema of .tflite files (`schema.fbs` of TensorFlow, Apache-2.0), as far as we write them. */

export const TENSOR_TYPE = { float32: 0, int32: 2, uint8: 3 } as const;
export type TensorType = keyof typeof TENSOR_TYPE;

export const PADDING = { same: 0, valid: 1 } as const;
export const ACTIVATION = { none: 0, relu: 1, relu6: 3 } as const;
export type Activation = keyof typeof ACTIVATION;

interface Op {
  /** As of `BuiltinOperator`. */
  readonly code: number;
  /** The oldest version of the operator that has what is written here. */
  readonly version: number;
  /** Which table its options are, as of the union `BuiltinOptions`; 0: none. */
  readonly options: number;
}

const op = (code: number, options = 0, version = 1): Op => ({ code, options, version });

export const OPS = {
  ADD: op(0, 11),
  AVERAGE_POOL_2D: op(1, 5),
  CONCATENATION: op(2, 10),
  CONV_2D: op(3, 1),
  DEPTHWISE_CONV_2D: op(4, 2, 2),
  FLOOR: op(8),
  FULLY_CONNECTED: op(9, 8, 5),
  LOGISTIC: op(14),
  MAX_POOL_2D: op(17, 5),
  MUL: op(18, 21),
  RELU: op(19),
  RELU6: op(21),
  RESHAPE: op(22, 17),
  RESIZE_BILINEAR: op(23, 15, 3),
  SOFTMAX: op(25, 9),
  TANH: op(28),
  PAD: op(34),
  TRANSPOSE: op(39),
  MEAN: op(40, 27),
  SUB: op(41, 28),
  DIV: op(42, 29),
  STRIDED_SLICE: op(45, 32),
  EXP: op(47),
  CAST: op(53, 37),
  PRELU: op(54),
  MAXIMUM: op(55),
  MINIMUM: op(57),
  NEG: op(59),
  PADV2: op(60),
  SLICE: op(65),
  LOG: op(73),
  SUM: op(74, 27),
  SQRT: op(75),
  POW: op(78),
  REDUCE_MAX: op(82, 27),
  RESIZE_NEAREST_NEIGHBOR: op(97, 74, 3),
  LEAKY_RELU: op(98, 75),
  ABS: op(101),
  SPLIT_V: op(102, 79),
  ELU: op(111),
  HARD_SWISH: op(117),
  BATCH_MATMUL: op(126, 101),
} as const satisfies Record<string, Op>;
export type OpName = keyof typeof OPS;
