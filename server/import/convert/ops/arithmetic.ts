import { broadcast } from '../../onnx/dims.ts';
import type { OnnxNode } from '../../onnx/onnxGraph.ts';
import { float32 } from '../../onnx/tensor.ts';
import type { Converter, ConverterContext } from '../graph/converter.ts';
import {
  type ComputedValue,
  computed,
  type Layout,
  sizesValue,
  sizeValue,
  type Value,
} from '../graph/value.ts';
import { sizesOf } from './sizes.ts';

/** Applies an ONNX op that works on each element alone; keeps shape and layout. */
export function applyUnary(
  ctx: ConverterContext,
  x: Value,
  op: string,
  attributes: OnnxNode['attributes'] = {},
  part = '',
): ComputedValue {
  const layout = x.kind === 'computed' ? x.layout : 'last';
  return computed(ctx.add(op, [ctx.name(x, layout)], attributes, part), x.dims, x.dtype, layout);
}

/** Applies an ONNX op that works on pairs of elements and broadcasts. */
export function applyBinary(ctx: ConverterContext, a: Value, b: Value, op: string, part = ''): ComputedValue {
  const dims = broadcast(a.dims, b.dims);
  const layout = commonLayout([a, b], dims.length);
  return computed(ctx.add(op, [ctx.name(a, layout), ctx.name(b, layout)], {}, part), dims, a.dtype, layout);
}

/**
 * The layout for an op that takes several tensors. Channels first, as soon as one of them stands so and the
 * others can: a computed tensor of fewer axes broadcasts from the last axis, which would be another one then.
 */
export function commonLayout(values: readonly Value[], rank: number): Layout {
  const first = values.some((value) => value.kind === 'computed' && value.layout === 'first');
  const movable = values.every((value) => value.kind === 'constant' || value.dims.length === 4);
  return first && rank === 4 && movable ? 'first' : 'last';
}

export function clip(ctx: ConverterContext, x: Value, low: number, high: number, part = ''): Value {
  const layout = x.kind === 'computed' ? x.layout : 'last';
  const limits = [low, high].map((limit) => ctx.addConstant(float32([], [limit]), 'limit'));
  return computed(ctx.add('Clip', [ctx.name(x, layout), ...limits], {}, part), x.dims, x.dtype, layout);
}

const unary =
  (op: string): Converter =>
  (ctx) =>
    applyUnary(ctx, ctx.input(0), op);

const binary =
  (op: string): Converter =>
  (ctx) =>
    foldedSizes(ctx, op) ?? applyBinary(ctx, ctx.input(0), ctx.input(1), op);

const FOLDED: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
};

/** Sides of a shape that are computed with, such as those of a transposed convolution: known here, where they are plain numbers. */
function foldedSizes(ctx: ConverterContext, op: string): Value | undefined {
  const [a, b] = [ctx.input(0), ctx.input(1)];
  const [as, bs] = [sizesOf(a), sizesOf(b)];
  const fold = FOLDED[op];
  if (fold === undefined || as === undefined || bs === undefined) return undefined;
  if ((a.kind !== 'sizes' && b.kind !== 'sizes') || as.length !== bs.length) return undefined;
  const folded = as.flatMap((one, place) => {
    const other = bs[place];
    return typeof one === 'number' && typeof other === 'number' ? [fold(one, other)] : [];
  });
  if (folded.length < as.length) return undefined;
  const [first] = folded;
  const isSingle = a.dims.length === 0 && b.dims.length === 0;
  return isSingle && first !== undefined ? sizeValue(first) : sizesValue(folded);
}

const overLastAxis =
  (op: string): Converter =>
  (ctx) => {
    const x = ctx.input(0);
    return computed(ctx.add(op, [ctx.name(x)], { axis: { int: -1 } }), x.dims, x.dtype);
  };

/** Numbers of ONNX's TensorProto.DataType. */
export const onnxDataTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;

/** Inference-time batch normalisation, as one multiplication and one addition for each channel. */
const batchNormalisation: Converter = (ctx) => {
  if (ctx.node.flag('is_training', true)) throw ctx.unsupported('is in training mode');
  requireChannelsLast(ctx);
  const scale = ctx.weights(1);
  const [offset, mean, variance] = [ctx.weights(2).data, ctx.weights(3).data, ctx.weights(4).data];
  // Where it is left out TensorFlow's op means 0.0001, TensorFlow.js 0.001. It is TensorFlow.js' graphs we read.
  const epsilon = ctx.node.float('epsilon', 1e-3);
  const factors = Float64Array.from(scale.data, (s, i) => s / Math.sqrt((variance[i] ?? 0) + epsilon));
  const shifts = Float64Array.from(offset, (o, i) => o - (mean[i] ?? 0) * (factors[i] ?? 0));
  const constant = (values: Float64Array): Value => {
    const tensor = float32(scale.shape, values);
    return { kind: 'constant', dtype: 'float32', dims: scale.shape, tensor };
  };
  return applyBinary(
    ctx,
    applyBinary(ctx, ctx.input(0), constant(factors), 'Mul', 'scale'),
    constant(shifts),
    'Add',
  );
};

export function requireChannelsLast(ctx: ConverterContext): void {
  const format = ctx.node.text('data_format', 'NHWC');
  if (format !== 'NHWC') throw ctx.unsupported(`data_format is ${format}, only NHWC is known`);
}

const identity: Converter = (ctx) => ctx.input(0);
const addition = binary('Add');
const division = binary('Div');

/** Ops that treat each element alone, whatever the shape. */
export const arithmeticOps: Record<string, Converter> = {
  Add: addition,
  AddV2: addition,
  BiasAdd: (ctx) => {
    requireChannelsLast(ctx);
    return addition(ctx);
  },
  AddN: (ctx) =>
    ctx.inputs.slice(1).reduce((sum, value) => applyBinary(ctx, sum, value, 'Add'), ctx.input(0)),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: division,
  RealDiv: division,
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  SquaredDifference: (ctx) => {
    const difference = applyBinary(ctx, ctx.input(0), ctx.input(1), 'Sub', 'difference');
    return applyBinary(ctx, difference, difference, 'Mul');
  },
  FusedBatchNorm: batchNormalisation,
  FusedBatchNormV2: batchNormalisation,
  FusedBatchNormV3: batchNormalisation,
  Abs: unary('Abs'),
  Ceil: unary('Ceil'),
  Cos: unary('Cos'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Floor: unary('Floor'),
  Log: unary('Log'),
  Neg: unary('Neg'),
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Relu6: (ctx) => clip(ctx, ctx.input(0), 0, 6),
  Round: unary('Round'),
  Rsqrt: (ctx) => applyUnary(ctx, applyUnary(ctx, ctx.input(0), 'Sqrt', {}, 'root'), 'Reciprocal'),
  Selu: unary('Selu'),
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt'),
  Square: (ctx) => applyBinary(ctx, ctx.input(0), ctx.input(0), 'Mul'),
  Tanh: unary('Tanh'),
  Elu: (ctx) => applyUnary(ctx, ctx.input(0), 'Elu', { alpha: { float: 1 } }),
  LeakyRelu: (ctx) =>
    applyUnary(ctx, ctx.input(0), 'LeakyRelu', { alpha: { float: ctx.node.float('alpha', 0.2) } }),
  Prelu: (ctx) => applyBinary(ctx, ctx.input(0), ctx.input(1), 'PRelu'),
  HardSwish: (ctx) => {
    const x = ctx.input(0);
    const gate = applyUnary(ctx, x, 'HardSigmoid', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }, 'gate');
    return applyBinary(ctx, x, gate, 'Mul');
  },
  Softmax: overLastAxis('Softmax'),
  LogSoftmax: overLastAxis('LogSoftmax'),
  ClipByValue: (ctx) => {
    const [low, high] = [ctx.weights(1), ctx.weights(2)];
    if (low.data.length !== 1 || high.data.length !== 1)
      throw ctx.unsupported('clips to more than one range');
    return clip(ctx, ctx.input(0), low.data[0] ?? 0, high.data[0] ?? 0);
  },
  Identity: identity,
  // Marks of training, which inference passes by; TensorFlow.js does, too.
  FakeQuantWithMinMaxVars: identity,
  StopGradient: identity,
  Cast: (ctx) => {
    const x = ctx.input(0);
    const dtype = ctx.node.dtype('DstT');
    if (x.dtype === dtype || x.kind === 'sizes') return x;
    const layout = x.kind === 'computed' ? x.layout : 'last';
    const name = ctx.add('Cast', [ctx.name(x, layout)], { to: { int: onnxDataTypes[dtype] } });
    return computed(name, x.dims, dtype, layout);
  },
};
