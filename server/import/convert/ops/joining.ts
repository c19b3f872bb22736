import { known } from '../../onnx/dims.ts';
import { at } from '../../onnx/tensor.ts';
import type { Converter, ConverterContext } from '../graph/converter.ts';
import { axisInFirst, computed, type Layout, sizesValue, type Value } from '../graph/value.ts';
import { commonLayout } from './arithmetic.ts';

import { fromEnd, sizesOf } from './sizes.ts';

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

/** Ops that put tensors together. */
export const joiningOps: Record<string, Converter> = { ConcatV2: concat, Pack: pack };
