import { type Dim, formatDims, known } from '../../onnx/dims.ts';
import { at } from '../../onnx/tensor.ts';
import type { Converter, ConverterContext } from '../graph/converter.ts';
import { computed, type Value } from '../graph/value.ts';
import { applyBinary, applyUnary, commonLayout, onnxDataTypes } from './arithmetic.ts';

/** Compares pairs of elements. */
const compare =
  (op: string, negated = false): Converter =>
  (ctx) => {
    const answer = applyBinary(ctx, ctx.input(0), ctx.input(1), op, negated ? 'opposite' : '');
    const truth: Value = { ...answer, dtype: 'bool' };
    return negated ? applyUnary(ctx, truth, 'Not') : truth;
  };

const logical =
  (op: string): Converter =>
  (ctx) =>
    applyBinary(ctx, ctx.input(0), ctx.input(1), op);

/** Element by element from input 1 where input 0 is true, else from input 2. */
const select: Converter = (ctx) => {
  const [condition, yes, no] = [ctx.input(0), ctx.input(1), ctx.input(2)];
  const rank = yes.dims.length;
  // The older op stretches a condition of one axis over the others, from the front; ONNX would from the back.
  if (no.dims.length !== rank || (condition.dims.length !== rank && condition.dims.length !== 0)) {
    const shapes = [condition, yes, no].map(({ dims }) => formatDims(dims));
    throw ctx.unsupported(`selects between shapes with different numbers of axes: ${shapes.join(', ')}`);
  }
  const layout = commonLayout([condition, yes, no], rank);
  const names = [condition, yes, no].map((value) => ctx.name(value, layout));
  return computed(ctx.add('Where', names), yes.dims, yes.dtype, layout);
};

/** Rounds the quotient down, also of whole numbers, where ONNX's Div cuts towards zero. */
const floorDiv: Converter = (ctx) => {
  const [a, b] = [ctx.input(0), ctx.input(1)];
  if (a.dtype === 'float32') return applyUnary(ctx, applyBinary(ctx, a, b, 'Div', 'quotient'), 'Floor');
  // float64 holds every int32.
  const wide = (value: Value): Value => applyUnary(ctx, value, 'Cast', { to: { int: 11 } }, 'wide');
  const quotient = applyUnary(
    ctx,
    applyBinary(ctx, wide(a), wide(b), 'Div', 'quotient'),
    'Floor',
    {},
    'floor',
  );
  return { ...applyUnary(ctx, quotient, 'Cast', { to: { int: onnxDataTypes[a.dtype] } }), dtype: a.dtype };
};

/** The rest with the sign of the divisor. */
const floorMod: Converter = (ctx) => {
  const [a, b] = [ctx.input(0), ctx.input(1)];
  if (a.dtype !== 'float32') return applyBinary(ctx, a, b, 'Mod');
  const whole = applyUnary(ctx, applyBinary(ctx, a, b, 'Div', 'quotient'), 'Floor', {}, 'floor');
  return applyBinary(ctx, a, applyBinary(ctx, whole, b, 'Mul', 'product'), 'Sub');
};

/** The largest entries of the last axis, the largest first, and their positions. */
const topK: Converter = (ctx) => {
  const x = ctx.input(0);
  const count = ctx.int(1);
  const side = known(x.dims.at(-1), `${ctx.node}: the last side`);
  if (count < 1 || count > side) throw ctx.unsupported(`takes the top ${count} of ${side}`);
  const [values = '', wide = ''] = ctx.graph.addMany(
    'TopK',
    [ctx.name(x), ctx.addInts([count], 'count')],
    { axis: { int: -1 } },
    ctx.node.name,
    2,
  );
  const dims = x.dims.with(-1, count);
  const positions = ctx.add('Cast', [wide], { to: { int: onnxDataTypes.int32 } }, 'positions');
  return [computed(values, dims, x.dtype), computed(positions, dims, 'int32')];
};

/** Entries of one axis, by number. */
const gather: Converter = (ctx) => {
  const [x, indices] = [ctx.input(0), ctx.input(1)];
  const rank = x.dims.length;
  const axis = ctx.inputs.length > 2 ? (ctx.int(2) + rank) % rank : 0;
  if (ctx.node.int('batch_dims', 0) !== 0) throw ctx.unsupported('gathers within each entry of a batch');
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  const names = [ctx.name(x), ctx.name(indices)];
  return computed(ctx.add('Gather', names, { axis: { int: axis } }), dims, x.dtype);
};

/** Entries by their numbers along the first axes. */
const gatherNd: Converter = (ctx) => {
  const [x, indices] = [ctx.input(0), ctx.input(1)];
  const depth = known(at(indices.dims, -1), `${ctx.node}: the last side of the indices`);
  const dims: Dim[] = [...indices.dims.slice(0, -1), ...x.dims.slice(depth)];
  return computed(ctx.add('GatherND', [ctx.name(x), wideIndices(ctx, indices)]), dims, x.dtype);
};
const wideIndices = (ctx: ConverterContext, indices: Value): string =>
  ctx.add('Cast', [ctx.name(indices)], { to: { int: onnxDataTypes.int64 } }, 'indices');

/** Ops that compare, choose and pick. */
export const choiceOps: Record<string, Converter> = {
  Equal: compare('Equal'),
  NotEqual: compare('Equal', true),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  LogicalNot: (ctx) => applyUnary(ctx, ctx.input(0), 'Not'),
  Select: select,
  SelectV2: select,
  FloorDiv: floorDiv,
  FloorMod: floorMod,
  TopKV2: topK,
  GatherV2: gather,
  GatherNd: gatherNd,
};
