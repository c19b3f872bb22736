import { layerOperators } from './layerOperators.ts';
import type { OperatorContext } from './lowering.ts';
import { postProcessOperators } from './postProcess.ts';
import { shapeOperators } from './shapeOperators.ts';

/** Puts one operator of TensorFlow Lite into the graph. */
export type LowerOperator = (ctx: OperatorContext) => void;

/** The operator as a node that is called otherwise, and takes the same inputs. */
const same =
  (op: string): LowerOperator =>
  (ctx) =>
    ctx.set(ctx.add(op, ctx.refs()));

/** Of two operands; field 0 of its options is an activation. */
const binary =
  (op: string): LowerOperator =>
  (ctx) =>
    ctx.set(ctx.activated(ctx.add(op, ctx.refs()), 0));

const reduction =
  (op: string): LowerOperator =>
  (ctx) => {
    const keep = ctx.options.flag(0);
    ctx.set(ctx.add(op, [ctx.ref(0), ctx.lowering.addInts(ctx.ints(1))], { keep_dims: { b: keep } }));
  };

const clip =
  (low: number, high: number): LowerOperator =>
  (ctx) =>
    ctx.set(ctx.clipped(ctx.ref(0), low, high));

/** What only says how numbers are stored. */
const passing: LowerOperator = (ctx) => {
  const constant = ctx.constant(0);
  const [output] = ctx.op.outputs;
  if (constant !== undefined && output !== undefined && ctx.op.op !== 'QUANTIZE') {
    ctx.lowering.setConstant(output, constant);
  } else {
    ctx.set(ctx.ref(0));
  }
};

const softmax: LowerOperator = (ctx) => {
  const beta = ctx.options.float(0, 1);
  const x = beta === 1 ? ctx.ref(0) : ctx.add('Mul', [ctx.ref(0), ctx.lowering.addFloats([beta], [])]);
  ctx.set(ctx.add('Softmax', [x]));
};

const l2Normalization: LowerOperator = (ctx) => {
  const x = ctx.ref(0);
  const { lowering } = ctx;
  const sum = ctx.add('Sum', [ctx.add('Square', [x]), lowering.addInts([-1])], { keep_dims: { b: true } });
  // The runtime's own bound against a division by zero, squared.
  const bounded = ctx.add('Maximum', [sum, lowering.addFloats([1e-12], [])]);
  ctx.set(ctx.activated(ctx.add('Mul', [x, ctx.add('Rsqrt', [bounded])]), 0));
};

const gelu: LowerOperator = (ctx) => {
  const x = ctx.ref(0);
  const number = (value: number) => ctx.lowering.addFloats([value], []);
  const half = ctx.add('Mul', [x, number(0.5)]);
  let bell: string;
  if (ctx.options.flag(0)) {
    const cube = ctx.add('Mul', [ctx.add('Square', [x]), x]);
    const sum = ctx.add('AddV2', [x, ctx.add('Mul', [cube, number(0.044715)])]);
    bell = ctx.add('Tanh', [ctx.add('Mul', [sum, number(Math.sqrt(2 / Math.PI))])]);
  } else {
    bell = ctx.add('Erf', [ctx.add('Mul', [x, number(Math.SQRT1_2)])]);
  }
  ctx.set(ctx.add('Mul', [half, ctx.add('AddV2', [bell, number(1)])]));
};

const elementOperators: Record<string, LowerOperator> = {
  ADD: binary('AddV2'),
  SUB: binary('Sub'),
  MUL: binary('Mul'),
  DIV: binary('RealDiv'),
  MAXIMUM: same('Maximum'),
  MINIMUM: same('Minimum'),
  POW: same('Pow'),
  SQUARED_DIFFERENCE: same('SquaredDifference'),
  FLOOR_DIV: same('FloorDiv'),
  FLOOR_MOD: same('FloorMod'),
  ADD_N: same('AddN'),
  ABS: same('Abs'),
  CEIL: same('Ceil'),
  COS: same('Cos'),
  EXP: same('Exp'),
  FLOOR: same('Floor'),
  LOG: same('Log'),
  NEG: same('Neg'),
  ROUND: same('Round'),
  RSQRT: same('Rsqrt'),
  SIGN: same('Sign'),
  SIN: same('Sin'),
  SQRT: same('Sqrt'),
  SQUARE: same('Square'),
  ELU: same('Elu'),
  HARD_SWISH: same('HardSwish'),
  LEAKY_RELU: (ctx) => ctx.set(ctx.add('LeakyRelu', [ctx.ref(0)], { alpha: { f: ctx.options.float(0) } })),
  LOGISTIC: same('Sigmoid'),
  LOG_SOFTMAX: same('LogSoftmax'),
  PRELU: same('Prelu'),
  RELU: same('Relu'),
  RELU6: same('Relu6'),
  RELU_0_TO_1: clip(0, 1),
  RELU_N1_TO_1: clip(-1, 1),
  TANH: same('Tanh'),
  GELU: gelu,
  SOFTMAX: softmax,
  L2_NORMALIZATION: l2Normalization,
  EQUAL: same('Equal'),
  NOT_EQUAL: same('NotEqual'),
  GREATER: same('Greater'),
  GREATER_EQUAL: same('GreaterEqual'),
  LESS: same('Less'),
  LESS_EQUAL: same('LessEqual'),
  LOGICAL_AND: same('LogicalAnd'),
  LOGICAL_OR: same('LogicalOr'),
  LOGICAL_NOT: same('LogicalNot'),
  SELECT: same('Select'),
  SELECT_V2: same('SelectV2'),
  MEAN: reduction('Mean'),
  SUM: reduction('Sum'),
  REDUCE_MAX: reduction('Max'),
  REDUCE_MIN: reduction('Min'),
  ARG_MAX: same('ArgMax'),
  ARG_MIN: same('ArgMin'),
  TOPK_V2: (ctx) => {
    const top = ctx.add('TopKV2', ctx.refs());
    ctx.set(`${top}:0`, `${top}:1`);
  },
  DEQUANTIZE: passing,
  DENSIFY: passing,
  FAKE_QUANT: passing,
  QUANTIZE: passing,
};

/** By the names of the schema, or those of custom operators. What is not here ends an import with `unsupported_op`. */
export const operators: ReadonlyMap<string, LowerOperator> = new Map(
  [elementOperators, layerOperators, shapeOperators, postProcessOperators].flatMap((table) =>
    Object.entries(table),
  ),
);
