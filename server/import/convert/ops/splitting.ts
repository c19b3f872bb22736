import { known } from '../../onnx/dims.ts';
import { at } from '../../onnx/tensor.ts';
import type { Converter, ConverterContext } from '../graph/converter.ts';
import { axisInFirst, computed, type Value } from '../graph/value.ts';

import { fromEnd } from './sizes.ts';

/** A node of the graph is made for each part. */
function requireFewParts(ctx: ConverterContext, count: number): void {
  if (count < 1 || count > 1024)
    throw ctx.unsupported(`splits its input into ${count} parts; at most 1024 are supported`);
}

/** Takes one axis apart, and the axis away. */
const unpack: Converter = (ctx) => {
  const x = ctx.input(0);
  const axis = fromEnd(ctx.node.int('axis', 0), x.dims.length);
  const count = known(x.dims[axis], `${ctx.node}: axis ${axis}`);
  requireFewParts(ctx, count);
  const parts = ctx.graph.addMany('Split', [ctx.name(x)], { axis: { int: axis } }, ctx.node.name, count);
  const axes = ctx.addInts([axis], 'axes');
  const dims = x.dims.toSpliced(axis, 1);
  return parts.map((part) =>
    computed(ctx.graph.add('Squeeze', [part, axes], {}, `${part}:squeezed`), dims, x.dtype),
  );
};

function splitInto(ctx: ConverterContext, x: Value, axisInput: number, sizes: readonly number[]): Value[] {
  const axis = fromEnd(axisInput, x.dims.length);
  const layout = x.kind === 'computed' ? x.layout : 'last';
  const inputs = [ctx.name(x, layout), ctx.addInts(sizes, 'sizes')];
  const attributes = { axis: { int: layout === 'first' ? axisInFirst(axis) : axis } };
  return ctx.graph
    .addMany('Split', inputs, attributes, ctx.node.name, sizes.length)
    .map((part, i) => computed(part, x.dims.with(axis, at(sizes, i)), x.dtype, layout));
}

const split: Converter = (ctx) => {
  const x = ctx.input(1);
  const count = ctx.node.int('num_split', 1);
  requireFewParts(ctx, count);
  const side = known(x.dims.at(ctx.int(0)), `${ctx.node}: the side to split`);
  return splitInto(ctx, x, ctx.int(0), new Array<number>(count).fill(side / count));
};

const splitV: Converter = (ctx) => {
  const x = ctx.input(0);
  const axis = ctx.int(2);
  const sizes = ctx.ints(1);
  const side = known(x.dims.at(axis), `${ctx.node}: the side to split`);
  const rest = side - sizes.filter((size) => size >= 0).reduce((sum, size) => sum + size, 0);
  return splitInto(
    ctx,
    x,
    axis,
    sizes.map((size) => (size < 0 ? rest : size)),
  );
};

/** Ops that take one tensor apart into several. */
export const splittingOps: Record<string, Converter> = { Unpack: unpack, Split: split, SplitV: splitV };
