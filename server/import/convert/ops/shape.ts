import {
  countOf,
  type Dim,
  type Dims,
  divided,
  formatDims,
  known,
  sameDim,
  scaled,
} from '../../onnx/dims.ts';
import { at } from '../../onnx/tensor.ts';
import type { Converter, ConverterContext } from '../graph/converter.ts';
import {
  axisInFirst,
  computed,
  firstToLast,
  type Layout,
  lastToFirst,
  sizesValue,
  sizeValue,
  type Value,
} from '../graph/value.ts';
import { commonLayout, requireChannelsLast } from './arithmetic.ts';

const fromEnd = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The whole numbers of a value that are known up to the batch size, or undefined for run-time values. */
function sizesOf(value: Value): Dims | undefined {
  if (value.kind === 'sizes') return value.sizes;
  if (value.kind === 'constant' && value.dtype === 'int32' && value.dims.length <= 1) {
    return Array.from(value.tensor.data, Number);
  }
  return undefined;
}

/** Gives a computed tensor another shape of as many elements. */
function toDims(ctx: ConverterContext, x: Value, dims: Dims): Value {
  const batched = dims.filter((dim) => typeof dim !== 'number');
  if (batched.length > 1) throw ctx.unsupported('puts the batch size into one shape twice');
  const numbers = dims.map((dim) => (typeof dim === 'number' ? dim : -1));
  return computed(ctx.add('Reshape', [ctx.name(x), ctx.addInts(numbers, 'shape')]), dims, x.dtype);
}

const reshape: Converter = (ctx) => {
  const x = ctx.input(0);
  const wanted = ctx.sizes(1);
  const total = countOf(x.dims);
  const others = countOf(wanted.filter((dim) => dim !== -1));
  const dims = wanted.map((dim) => (dim === -1 ? divided(total, others) : dim));
  if (!sameDim(countOf(dims), total)) {
    throw ctx.unsupported(`reshapes ${formatDims(x.dims)} to ${formatDims(wanted)}, of another count`);
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

const concat: Converter = (ctx) => {
  const parts = ctx.inputs.slice(0, -1);
  const axisInput = ctx.int(ctx.inputs.length - 1);
  const sizes = parts.map(sizesOf);
  if (sizes.every((part) => part !== undefined)) return sizesValue(sizes.flat());
  return concatenate(ctx, parts, axisInput);
};

function concatenate(ctx: ConverterContext, parts: readonly Value[], axisInput: number): Value {
  const head = at(parts, 0);
  const rank = head.dims.length;
  const axis = fromEnd(axisInput, rank);
  const side = parts
    .map((part) => known(part.dims[axis], `${ctx.node}: axis ${axis}`))
    .reduce((a, b) => a + b, 0);
  const dims = head.dims.with(axis, side);
  // A constant may not be of one element here: nothing broadcasts.
  const layout: Layout = parts.some((part) => part.kind !== 'computed') ? 'last' : commonLayout(parts, rank);
  const names = parts.map((part) => ctx.name(part, layout));
  const onnxAxis = layout === 'first' ? axisInFirst(axis) : axis;
  return computed(ctx.add('Concat', names, { axis: { int: onnxAxis } }), dims, head.dtype, layout);
}

/** Stacks tensors of one shape along a new axis. */
const pack: Converter = (ctx) => {
  const sizes = ctx.inputs.map(sizesOf);
  if (sizes.every((part) => part !== undefined) && ctx.inputs.every(({ dims }) => dims.length === 0)) {
    return sizesValue(sizes.flat());
  }
  const head = ctx.input(0);
  const axis = fromEnd(ctx.node.int('axis', 0), head.dims.length + 1);
  const axes = ctx.addInts([axis], 'axes');
  const parts = ctx.inputs.map((part) =>
    computed(
      ctx.add('Unsqueeze', [ctx.name(part), axes], {}, 'part'),
      part.dims.toSpliced(axis, 0, 1),
      part.dtype,
    ),
  );
  return concatenate(ctx, parts, axis);
};

/** A node of the graph is made for each part. */
function requireFewParts(ctx: ConverterContext, count: number): void {
  if (count < 1 || count > 1024)
    throw ctx.unsupported(`takes its input apart into ${count} parts, 1024 at most`);
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

const slice: Converter = (ctx) => {
  const x = ctx.input(0);
  const starts = ctx.ints(1);
  const counts = ctx.ints(2);
  const dims = x.dims.map((dim, axis): Dim => {
    const count = at(counts, axis);
    if (count !== -1) return count;
    return at(starts, axis) === 0 ? dim : known(dim, `${ctx.node}: a cut side`) - at(starts, axis);
  });
  const ends = counts.map((count, axis) => (count === -1 ? endOfAxis : at(starts, axis) + count));
  return computed(
    sliceNode(
      ctx,
      ctx.name(x),
      starts,
      ends,
      starts.map(() => 1),
    ),
    dims,
    x.dtype,
  );
};

/** Larger than any side: ONNX cuts at the end of the axis then. */
const endOfAxis = 2 ** 31 - 1;

function sliceNode(
  ctx: ConverterContext,
  name: string,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[],
): string {
  const axes = ctx.addInts([...starts.keys()], 'axes');
  return ctx.add('Slice', [
    name,
    ctx.addInts(starts, 'starts'),
    ctx.addInts(ends, 'ends'),
    axes,
    ctx.addInts(steps, 'steps'),
  ]);
}

/** Masks are bit sets over the axes: bit i set means that begin or end of axis i is open, or that i goes. */
const stridedSlice: Converter = (ctx) => {
  const { node } = ctx;
  if (node.int('ellipsis_mask', 0) !== 0 || node.int('new_axis_mask', 0) !== 0) {
    throw ctx.unsupported('uses an ellipsis or a new axis');
  }
  const has = (mask: string, axis: number): boolean => ((node.int(mask, 0) >> axis) & 1) === 1;
  const x = ctx.input(0);
  const [begins, ends, steps] = [ctx.ints(1), ctx.ints(2), ctx.ints(3)];
  const cuts = begins.map((begin, axis) => {
    const step = at(steps, axis);
    if (step < 1) throw ctx.unsupported(`steps by ${step}`);
    const shrink = has('shrink_axis_mask', axis);
    const open = !shrink && has('begin_mask', axis) && has('end_mask', axis) && step === 1;
    if (open) return { start: 0, end: endOfAxis, step, shrink, dim: at(x.dims, axis) };
    const side = known(x.kind === 'sizes' ? x.sizes.length : x.dims[axis], `${node}: side ${axis}`);
    const clamp = (position: number): number => Math.min(Math.max(fromEnd(position, side), 0), side);
    const start = !shrink && has('begin_mask', axis) ? 0 : clamp(begin);
    const end = shrink ? start + 1 : has('end_mask', axis) ? side : clamp(at(ends, axis));
    return { start, end, step, shrink, dim: Math.max(0, Math.ceil((end - start) / step)) };
  });
  const sizes = sizesOf(x);
  if (sizes !== undefined && cuts.length === 1) {
    const { start, end, step, shrink } = at(cuts, 0);
    const kept = sizes.filter((_, i) => i >= start && i < end && (i - start) % step === 0);
    return shrink ? sizeValue(at(kept, 0)) : sizesValue(kept);
  }
  const dims = [...cuts.map(({ dim }) => dim), ...x.dims.slice(cuts.length)];
  const cut = sliceNode(
    ctx,
    ctx.name(x),
    cuts.map(({ start }) => start),
    cuts.map(({ end }) => end),
    cuts.map(({ step }) => step),
  );
  const value = computed(cut, dims, x.dtype);
  const gone = cuts.flatMap(({ shrink }, axis) => (shrink ? [axis] : []));
  return gone.length === 0
    ? value
    : toDims(
        ctx,
        value,
        dims.filter((_, axis) => !gone.includes(axis)),
      );
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

const tile: Converter = (ctx) => {
  const x = ctx.input(0);
  const repeats = ctx.ints(1);
  const dims = x.dims.map((dim, axis) => scaled(dim, at(repeats, axis)));
  return computed(ctx.add('Tile', [ctx.name(x), ctx.addInts(repeats, 'repeats')]), dims, x.dtype);
};

/** Ops that move or cut elements, and those that reckon with shapes, which are solved at import. */
export const shapeOps: Record<string, Converter> = {
  Shape: (ctx) => sizesValue(ctx.input(0).dims),
  Reshape: reshape,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  ConcatV2: concat,
  Pack: pack,
  Unpack: unpack,
  Split: split,
  SplitV: splitV,
  Slice: slice,
  StridedSlice: stridedSlice,
  Transpose: transposeOp,
  Tile: tile,
  DepthToSpace: depthToSpace,
};
