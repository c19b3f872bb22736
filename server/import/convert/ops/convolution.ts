import { type Dim, formatDims, known } from '../../onnx/dims.ts';
import { at, reshape, type Tensor, transpose } from '../../onnx/tensor.ts';
import type { Converter, ConverterContext } from '../graph/converter.ts';
import { computed, type Value } from '../graph/value.ts';
import { applyBinary, applyUnary, clip, requireChannelsLast } from './arithmetic.ts';

interface SlidingWindow {
  /** ONNX's order: top, left, bottom, right; pixels. */
  readonly pads: readonly number[];
  /** Vertical, horizontal. */
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Height and width of what comes out. */
  readonly output: readonly number[];
}

/**
 * How a window moves over an NHWC tensor. SAME gives ceil(side / stride) positions and puts the odd pixel of
 * padding at the bottom right; VALID pads nothing.
 */
export function slidingWindow(
  ctx: ConverterContext,
  sides: readonly Dim[],
  kernel: readonly number[],
): SlidingWindow {
  requireChannelsLast(ctx);
  const { node } = ctx;
  const strides = node.ints('strides').slice(1, 3);
  const dilations = node.ints('dilations').length === 4 ? node.ints('dilations').slice(1, 3) : [1, 1];
  const padding = node.text('padding', '');
  const explicit = node.ints('explicit_paddings');
  const axes = [0, 1].map((axis) => {
    const side = known(sides[axis], `${node}: height and width`);
    const stride = at(strides, axis);
    const reach = (at(kernel, axis) - 1) * at(dilations, axis) + 1;
    switch (padding) {
      case 'SAME': {
        const count = Math.ceil(side / stride);
        const total = Math.max(0, (count - 1) * stride + reach - side);
        return { before: Math.floor(total / 2), after: Math.ceil(total / 2), count };
      }
      case 'VALID':
        return { before: 0, after: 0, count: Math.ceil((side - reach + 1) / stride) };
      case 'EXPLICIT': {
        const before = at(explicit, 2 + axis * 2);
        const after = at(explicit, 3 + axis * 2);
        return { before, after, count: Math.floor((side + before + after - reach) / stride) + 1 };
      }
      default:
        throw ctx.unsupported(`padding is ${padding || 'absent'}`);
    }
  });
  return {
    pads: [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)],
    strides,
    dilations,
    output: axes.map(({ count }) => count),
  };
}

/** @param filter in ONNX's order: output channels, input channels of one group, height, width */
function convolve(ctx: ConverterContext, filter: Tensor, groups: number): Value {
  const x = ctx.input(0);
  const kernel = filter.shape.slice(2);
  const window = slidingWindow(ctx, x.dims.slice(1, 3), kernel);
  const name = ctx.add('Conv', [ctx.name(x, 'first'), ctx.addConstant(filter, 'filter')], {
    kernel_shape: { ints: kernel },
    pads: { ints: window.pads },
    strides: { ints: window.strides },
    dilations: { ints: window.dilations },
    group: { int: groups },
  });
  return computed(name, [at(x.dims, 0), ...window.output, at(filter.shape, 0)], 'float32', 'first');
}

/** The filter comes as height, width, input channels of one group, output channels of all groups. */
const conv2d = (ctx: ConverterContext): Value => {
  const weights = ctx.weights(1);
  const channels = known(ctx.input(0).dims[3], `${ctx.node}: channels`);
  const [, , perGroup = 0, outputs = 0] = weights.shape;
  const groups = channels / perGroup;
  // TensorFlow has no field for groups: fewer channels in the filter than in the input mean them.
  const isGrouped = Number.isInteger(groups) && groups > 1 && outputs % groups === 0;
  if (!isGrouped) requireChannels(ctx, weights);
  return convolve(ctx, transpose(weights, [3, 2, 0, 1]), isGrouped ? groups : 1);
};

/** The filter comes as height, width, channels, multiplier; output channel c * multiplier + m. */
const depthwiseConv2d = (ctx: ConverterContext): Value => {
  const weights = ctx.weights(1);
  const channels = requireChannels(ctx, weights);
  const outputs = channels * at(weights.shape, 3);
  const filter = reshape(transpose(weights, [2, 3, 0, 1]), [
    outputs,
    1,
    at(weights.shape, 0),
    at(weights.shape, 1),
  ]);
  return convolve(ctx, filter, channels);
};

/**
 * The transposed convolution: what Conv2D with this filter would have made of height and width of input 0 is input 2.
 * The filter comes as height, width, output channels, input channels.
 */
const conv2dBackpropInput = (ctx: ConverterContext): Value => {
  const weights = ctx.weights(1);
  const x = ctx.input(2);
  requireChannelsLast(ctx);
  if (weights.shape.length !== 4 || weights.shape[3] !== x.dims[3]) {
    throw ctx.unsupported(`a filter of [${weights.shape}] for an input of ${formatDims(x.dims)}`);
  }
  const strides = ctx.node.ints('strides').slice(1, 3);
  const padding = ctx.node.text('padding', '');
  if (padding !== 'SAME' && padding !== 'VALID') throw ctx.unsupported(`padding is ${padding || 'absent'}`);
  if (ctx.node.ints('dilations').some((dilation) => dilation !== 1)) throw ctx.unsupported('is dilated');
  const axes = ctx
    .sizes(0)
    .slice(1, 3)
    .map((wanted, axis) => {
      const output = known(wanted, `${ctx.node}: height and width`);
      const side = known(x.dims[axis + 1], `${ctx.node}: height and width`);
      const reach = (side - 1) * at(strides, axis) + at(weights.shape, axis);
      const total = padding === 'SAME' ? Math.max(0, reach - output) : 0;
      const before = Math.floor(total / 2);
      return { output, before, after: total - before, missing: output - (reach - total) };
    });
  if (axes.some(({ missing }, axis) => missing < 0 || missing >= at(strides, axis))) {
    throw ctx.unsupported(`makes ${axes.map(({ output }) => output)} of ${formatDims(x.dims)}`);
  }
  const filter = ctx.addConstant(transpose(weights, [3, 2, 0, 1]), 'filter');
  const name = ctx.add('ConvTranspose', [ctx.name(x, 'first'), filter], {
    kernel_shape: { ints: weights.shape.slice(0, 2) },
    pads: { ints: [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)] },
    output_padding: { ints: axes.map(({ missing }) => missing) },
    strides: { ints: strides },
  });
  const sides = axes.map(({ output }) => output);
  return computed(name, [at(x.dims, 0), ...sides, at(weights.shape, 2)], 'float32', 'first');
};

/** The input channels that the filter is made for; they must be the input's. */
function requireChannels(ctx: ConverterContext, { shape }: Tensor): number {
  const { dims } = ctx.input(0);
  if (shape.length !== 4 || shape[2] !== dims[3]) {
    throw ctx.unsupported(`a filter of [${shape}] for an input of ${formatDims(dims)}`);
  }
  return at(shape, 2);
}

/**
 * TensorFlow's fused ops name what follows them in `fused_ops`. A bias comes as the next input, the slope of a
 * PReLU as the one after it.
 */
export function applyFused(ctx: ConverterContext, start: Value): Value {
  let nextInput = 2;
  return ctx.node.texts('fused_ops').reduce((x, op) => {
    switch (op) {
      case 'BiasAdd':
        return applyBinary(ctx, x, ctx.input(nextInput++), 'Add', 'bias');
      case 'Relu':
        return applyUnary(ctx, x, 'Relu', {}, 'activation');
      case 'Relu6':
        return clip(ctx, x, 0, 6, 'activation');
      case 'Sigmoid':
        return applyUnary(ctx, x, 'Sigmoid', {}, 'activation');
      case 'Elu':
        return applyUnary(ctx, x, 'Elu', { alpha: { float: 1 } }, 'activation');
      case 'LeakyRelu': {
        const alpha = ctx.node.float('leakyrelu_alpha', 0.2);
        return applyUnary(ctx, x, 'LeakyRelu', { alpha: { float: alpha } }, 'activation');
      }
      case 'Prelu':
        return applyBinary(ctx, x, ctx.input(nextInput++), 'PRelu', 'activation');
      default:
        throw ctx.unsupported(`fuses ${op}`);
    }
  }, start);
}

const fused =
  (converter: (ctx: ConverterContext) => Value): Converter =>
  (ctx) =>
    applyFused(ctx, converter(ctx));

/** Convolutions; their tensors stand channels first. */
export const convolutionOps: Record<string, Converter> = {
  Conv2D: conv2d,
  Conv2DBackpropInput: conv2dBackpropInput,
  DepthwiseConv2dNative: depthwiseConv2d,
  _FusedConv2D: fused(conv2d),
  FusedDepthwiseConv2dNative: fused(depthwiseConv2d),
};
