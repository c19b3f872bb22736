import { type Dim, known } from '../../onnx/dims.ts';
import type { OnnxNode } from '../../onnx/onnxGraph.ts';
import { at, float32 } from '../../onnx/tensor.ts';
import type { Converter, ConverterContext } from '../graph/converter.ts';
import { axisInFirst, computed, type Value } from '../graph/value.ts';
import { slidingWindow } from './convolution.ts';

const pool =
  (op: string, attributes: OnnxNode['attributes']): Converter =>
  (ctx) => {
    const x = ctx.input(0);
    const kernel = ctx.node.ints('ksize').slice(1, 3);
    const window = slidingWindow(ctx, x.dims.slice(1, 3), kernel);
    const name = ctx.add(op, [ctx.name(x, 'first')], {
      kernel_shape: { ints: kernel },
      pads: { ints: window.pads },
      strides: { ints: window.strides },
      ...attributes,
    });
    return computed(name, [at(x.dims, 0), ...window.output, at(x.dims, 3)], x.dtype, 'first');
  };

/** Reduces over the axes that input 1 names. */
const reduce =
  (op: string): Converter =>
  (ctx) => {
    const x = ctx.input(0);
    const rank = x.dims.length;
    const axes = ctx.ints(1).map((axis) => (axis < 0 ? axis + rank : axis));
    const keep = ctx.node.flag('keep_dims', false);
    // Without the reduced axes what is left must have TensorFlow's order; over height and width it has.
    const orderStays = keep || (axes.length === 2 && axes.includes(1) && axes.includes(2));
    const layout = x.kind === 'computed' && x.layout === 'first' && orderStays ? 'first' : 'last';
    const onnxAxes = layout === 'first' ? axes.map(axisInFirst) : axes;
    const dims = x.dims.flatMap((dim, axis): Dim[] => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));
    const keepdims = { keepdims: { int: keep ? 1 : 0 } };
    // In opset 13 only ReduceSum takes its axes as an input.
    const name =
      op === 'ReduceSum'
        ? ctx.add(op, [ctx.name(x, layout), ctx.addInts(onnxAxes, 'axes')], keepdims)
        : ctx.add(op, [ctx.name(x, layout)], { ...keepdims, axes: { ints: onnxAxes } });
    return computed(name, dims, x.dtype, dims.length === 4 ? layout : 'last');
  };

const argument =
  (op: 'ArgMax' | 'ArgMin'): Converter =>
  (ctx) => {
    const x = ctx.input(0);
    const axis = ctx.int(1) < 0 ? ctx.int(1) + x.dims.length : ctx.int(1);
    const attributes = { axis: { int: axis }, keepdims: { int: 0 } };
    const wide = ctx.add(op, [ctx.name(x)], attributes, 'int64');
    const dims = x.dims.filter((_, i) => i !== axis);
    return computed(ctx.add('Cast', [wide], { to: { int: 6 } }), dims, 'int32');
  };

const pad = (ctx: ConverterContext, mode: string): Value => {
  const x = ctx.input(0);
  const paddings = ctx.ints(1);
  const sides = x.dims.map((dim, axis) => ({
    dim,
    before: at(paddings, axis * 2),
    after: at(paddings, axis * 2 + 1),
  }));
  const dims = sides.map(({ dim, before, after }) =>
    before + after === 0 ? dim : known(dim, `${ctx.node}: a padded side`) + before + after,
  );
  const layout = x.kind === 'computed' ? x.layout : 'last';
  const ordered = layout === 'first' ? sides.map((_, axis) => at(sides, [0, 3, 1, 2][axis] ?? axis)) : sides;
  const pads = [...ordered.map(({ before }) => before), ...ordered.map(({ after }) => after)];
  const inputs = [ctx.name(x, layout), ctx.addInts(pads, 'pads')];
  if (mode === 'constant') {
    const value = ctx.inputs.length > 2 ? at(ctx.weights(2).data, 0) : 0;
    inputs.push(ctx.addConstant(float32([], [value]), 'value'));
  }
  return computed(ctx.add('Pad', inputs, { mode: { text: mode } }), dims, x.dtype, layout);
};

/** Resizes height and width to the two numbers of input 1. */
const resize =
  (mode: 'linear' | 'nearest'): Converter =>
  (ctx) => {
    const x = ctx.input(0);
    const target = ctx.ints(1);
    const alignCorners = ctx.node.flag('align_corners', false);
    const halfPixel = ctx.node.flag('half_pixel_centers', false);
    const name = ctx.name(x, 'first');
    // The sizes input of Resize needs all four sides, and the first may be the batch size.
    const shape = ctx.add('Shape', [name], {}, 'shape');
    const bounds = [ctx.addInts([0], 'start'), ctx.addInts([2], 'end')];
    const unchanged = ctx.add('Slice', [shape, ...bounds], {}, 'batch-and-channels');
    const sizes = ctx.add('Concat', [unchanged, ctx.addInts(target, 'size')], { axis: { int: 0 } }, 'sizes');
    const coordinates = alignCorners ? 'align_corners' : halfPixel ? 'half_pixel' : 'asymmetric';
    // TensorFlow takes the nearest pixel by rounding down the position, except at aligned corners, where it
    // rounds; with half-pixel centres rounding down is ONNX's rounding, whose positions are half a pixel less.
    const nearest = coordinates === 'asymmetric' ? 'floor' : 'round_prefer_ceil';
    const resized = ctx.add('Resize', [name, '', '', sizes], {
      mode: { text: mode },
      coordinate_transformation_mode: { text: coordinates },
      ...(mode === 'nearest' ? { nearest_mode: { text: nearest } } : {}),
    });
    return computed(resized, [at(x.dims, 0), ...target, at(x.dims, 3)], x.dtype, 'first');
  };

/** Ops that look at neighbouring pixels or gather them up. */
export const poolingOps: Record<string, Converter> = {
  MaxPool: pool('MaxPool', {}),
  AvgPool: pool('AveragePool', { count_include_pad: { int: 0 } }),
  Mean: reduce('ReduceMean'),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  Sum: reduce('ReduceSum'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Pad: (ctx) => pad(ctx, 'constant'),
  PadV2: (ctx) => pad(ctx, 'constant'),
  MirrorPad: (ctx) => {
    const mode = ctx.node.text('mode', 'REFLECT');
    if (mode !== 'REFLECT') throw ctx.unsupported(`mode is ${mode}`);
    return pad(ctx, 'reflect');
  },
  ResizeBilinear: resize('linear'),
  ResizeNearestNeighbor: resize('nearest'),
};
