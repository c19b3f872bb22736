import { type Dim, known } from '../../onnx/dims.ts';
import { at } from '../../onnx/tensor.ts';
import type { Converter, ConverterContext } from '../graph/converter.ts';
import { computed, sizesValue, sizeValue, type Value } from '../graph/value.ts';

import { fromEnd, sizesOf, toDims } from './sizes.ts';

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

function withAxes(ctx: ConverterContext, count: number, isNew: (axis: number) => boolean): Value {
  const x = ctx.input(0);
  if (x.kind === 'sizes') throw ctx.unsupported('adds an axis to a shape');
  const dims = [...x.dims];
  for (let axis = 0; axis < count; axis++) if (isNew(axis)) dims.splice(axis, 0, 1);
  return toDims(ctx, x, dims);
}

/** Masks are bit sets over the axes: bit i set means that begin or end of axis i is open, or that i goes. */
const stridedSlice: Converter = (ctx) => {
  const { node } = ctx;
  if (node.int('ellipsis_mask', 0) !== 0) throw ctx.unsupported('uses an ellipsis');
  const has = (mask: string, axis: number): boolean => ((node.int(mask, 0) >> axis) & 1) === 1;
  const [begins, ends, steps] = [ctx.ints(1), ctx.ints(2), ctx.ints(3)];
  const isNew = (axis: number) => has('new_axis_mask', axis);
  // An axis of one is put in, and stays whole; those behind it are numbered from there on.
  const x = begins.some((_, axis) => isNew(axis)) ? withAxes(ctx, begins.length, isNew) : ctx.input(0);
  const cuts = begins.map((begin, axis) => {
    const step = at(steps, axis);
    if (step < 1) throw ctx.unsupported(`steps by ${step}`);
    const shrink = has('shrink_axis_mask', axis) && !isNew(axis);
    const open = isNew(axis) || (!shrink && has('begin_mask', axis) && has('end_mask', axis) && step === 1);
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

/** Ops that cut a part out of a tensor. */
export const slicingOps: Record<string, Converter> = { Slice: slice, StridedSlice: stridedSlice };
