import { broadcast, countOf, divided, formatDims, sameDim, scaled } from '../../onnx/dims.ts';
import { at } from '../../onnx/tensor.ts';
import type { Converter } from '../graph/converter.ts';
import { computed, firstToLast, lastToFirst, sizesValue } from '../graph/value.ts';
import { requireChannelsLast } from './arithmetic.ts';

import { fromEnd, toDims } from './sizes.ts';

const reshape: Converter = (ctx) => {
  const x = ctx.input(0);
  const wanted = ctx.sizes(1);
  const total = countOf(x.dims);
  const others = countOf(wanted.filter((dim) => dim !== -1));
  const dims = wanted.map((dim) => (dim === -1 ? divided(total, others) : dim));
  if (!sameDim(countOf(dims), total)) {
    throw ctx.unsupported(
      `reshapes ${formatDims(x.dims)} to ${formatDims(wanted)}, which has another number of elements`,
    );
  }
  return toDims(ctx, x, dims);
};

const squeeze: Converter = (ctx) => {
  const x = ctx.input(0);
  const named = ctx.node.ints('squeeze_dims').map((axis) => fromEnd(axis, x.dims.length));
  const gone = named.length > 0 ? named : x.dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  return toDims(
    ctx,
    x,
    x.dims.filter((_, axis) => !gone.includes(axis)),
  );
};

const expandDims: Converter = (ctx) => {
  const x = ctx.input(0);
  const axis = fromEnd(ctx.int(1), x.dims.length + 1);
  return toDims(ctx, x, x.dims.toSpliced(axis, 0, 1));
};

const transposeOp: Converter = (ctx) => {
  const x = ctx.input(0);
  const order = ctx.ints(1);
  const dims = order.map((axis) => at(x.dims, axis));
  // What stands in the wanted order already only gets another reading.
  if (x.kind === 'computed' && sameOrder(order, lastToFirst) && x.names.first !== undefined) {
    return computed(x.names.first, dims, x.dtype, 'last');
  }
  if (x.kind === 'computed' && sameOrder(order, firstToLast) && x.names.last !== undefined) {
    return computed(x.names.last, dims, x.dtype, 'first');
  }
  return computed(ctx.add('Transpose', [ctx.name(x)], { perm: { ints: order } }), dims, x.dtype);
};

const sameOrder = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((axis, i) => axis === b[i]);

/** Spreads channels over squares of pixels, as super-resolution does. */
const depthToSpace: Converter = (ctx) => {
  requireChannelsLast(ctx);
  const x = ctx.input(0);
  const block = ctx.node.int('block_size', 1);
  const [n, height, width, channels] = [0, 1, 2, 3].map((axis) => at(x.dims, axis));
  if (n === undefined || height === undefined || width === undefined || channels === undefined) {
    throw ctx.unsupported('needs four axes');
  }
  const attributes = { blocksize: { int: block }, mode: { text: 'DCR' } };
  const name = ctx.add('DepthToSpace', [ctx.name(x, 'first')], attributes);
  const dims = [n, scaled(height, block), scaled(width, block), divided(channels, block * block)];
  return computed(name, dims, x.dtype, 'first');
};

/** Gathers squares of pixels into channels. */
const spaceToDepth: Converter = (ctx) => {
  requireChannelsLast(ctx);
  const x = ctx.input(0);
  const block = ctx.node.int('block_size', 1);
  const name = ctx.add('SpaceToDepth', [ctx.name(x, 'first')], { blocksize: { int: block } });
  const [n, height, width, channels] = [0, 1, 2, 3].map((axis) => at(x.dims, axis));
  if (n === undefined || height === undefined || width === undefined || channels === undefined) {
    throw ctx.unsupported('needs four axes');
  }
  const dims = [n, divided(height, block), divided(width, block), scaled(channels, block * block)];
  return computed(name, dims, x.dtype, 'first');
};

/** Repeats along sides of 1; input 1 says how often. */
const broadcastTo: Converter = (ctx) => {
  const x = ctx.input(0);
  const wanted = ctx.ints(1);
  const name = ctx.add('Expand', [ctx.name(x), ctx.addInts(wanted, 'shape')]);
  return computed(name, broadcast(x.dims, wanted), x.dtype);
};

const tile: Converter = (ctx) => {
  const x = ctx.input(0);
  const repeats = ctx.ints(1);
  const dims = x.dims.map((dim, axis) => scaled(dim, at(repeats, axis)));
  return computed(ctx.add('Tile', [ctx.name(x), ctx.addInts(repeats, 'repeats')]), dims, x.dtype);
};

/** A list of whole numbers that is known here: `values` at `indices`, a default elsewhere. Models that come from ONNX compute axes so. */
const sparseToDense: Converter = (ctx) => {
  const [indices, shape, values] = [ctx.ints(0), ctx.ints(1), ctx.ints(2)];
  if (shape.length !== 1) throw ctx.unsupported('gives more than a list of numbers');
  const list = new Array<number>(at(shape, 0)).fill(ctx.int(3));
  for (const [place, index] of indices.entries())
    list[index] = at(values, Math.min(place, values.length - 1));
  return sizesValue(list);
};

/** Ops that move elements or give them another shape; those that compute shapes are solved at import. */
export const shapeOps: Record<string, Converter> = {
  Shape: (ctx) => sizesValue(ctx.input(0).dims),
  Reshape: reshape,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  Transpose: transposeOp,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  BroadcastTo: broadcastTo,
  SparseToDense: sparseToDense,
};
