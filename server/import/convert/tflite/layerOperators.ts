import { aboutTflite } from '../../../../protocol/sentences/tflite.ts';
import { at, reshape, transpose } from '../../onnx/tensor.ts';
import type { OperatorContext } from './lowering.ts';
import type { LowerOperator } from './operators.ts';

/** Height and width as the four axes of TensorFlow have them. */
const spatial = (height: number, width: number) => ({ list: { i: [1, height, width, 1] } });
const paddingOf = (isValid: boolean) => ({ s: isValid ? 'VALID' : 'SAME' });

/** The filter comes as output channels, height, width, input channels. */
const conv2d: LowerOperator = (ctx) => {
  const { options, lowering } = ctx;
  const filter = transpose(ctx.weights(1), [1, 2, 3, 0]);
  const x = ctx.add('Conv2D', [ctx.ref(0), lowering.addConstant(filter)], {
    padding: paddingOf(options.byte(0) === 1),
    strides: spatial(options.int(2), options.int(1)),
    dilations: spatial(options.int(5, 1), options.int(4, 1)),
  });
  ctx.set(ctx.activated(ctx.biased(x, 2), 3));
};

/** The filter comes as 1, height, width, channels times multiplier. */
const depthwiseConv2d: LowerOperator = (ctx) => {
  const { options, lowering } = ctx;
  const weights = ctx.weights(1);
  const channels = at(ctx.tensor(0).shape, 3);
  const [, height = 0, width = 0, outputs = 0] = weights.shape;
  const filter = reshape(weights, [height, width, channels, outputs / channels]);
  const x = ctx.add('DepthwiseConv2dNative', [ctx.ref(0), lowering.addConstant(filter)], {
    padding: paddingOf(options.byte(0) === 1),
    strides: spatial(options.int(2), options.int(1)),
    dilations: spatial(options.int(6, 1), options.int(5, 1)),
  });
  ctx.set(ctx.activated(ctx.biased(x, 2), 4));
};

function transposeConvolution(
  ctx: OperatorContext,
  { size, x, isValid, strides }: { size: string; x: string; isValid: boolean; strides: [number, number] },
): string {
  const filter = ctx.lowering.addConstant(transpose(ctx.weights(1), [1, 2, 0, 3]));
  return ctx.add('Conv2DBackpropInput', [size, filter, x], {
    padding: paddingOf(isValid),
    strides: spatial(...strides),
  });
}

/** Input 0 is the shape of what comes out, input 2 the picture. */
const transposeConv: LowerOperator = (ctx) => {
  const { options } = ctx;
  const x = transposeConvolution(ctx, {
    size: ctx.ref(0),
    x: ctx.ref(2),
    isValid: options.byte(0) === 1,
    strides: [options.int(2), options.int(1)],
  });
  ctx.set(ctx.activated(ctx.biased(x, 3, 2), 3));
};

/** MediaPipe's own operator; its options are three numbers of 32 bits: padding (1: SAME), strides of width and height. */
const transposeConvBias: LowerOperator = (ctx) => {
  const { customOptions, outputs } = ctx.op;
  if (customOptions.byteLength < 12) throw ctx.malformed(aboutTflite('lite_no_options'));
  const numbers = new DataView(customOptions.buffer, customOptions.byteOffset, customOptions.byteLength);
  const x = transposeConvolution(ctx, {
    size: ctx.lowering.addInts(ctx.lowering.tensor(at(outputs, 0)).shape),
    x: ctx.ref(0),
    isValid: numbers.getInt32(0, true) === 2,
    strides: [numbers.getInt32(8, true), numbers.getInt32(4, true)],
  });
  ctx.set(ctx.biased(x, 2));
};

const pool =
  (op: string): LowerOperator =>
  (ctx) => {
    const { options } = ctx;
    const x = ctx.add(op, [ctx.ref(0)], {
      padding: paddingOf(options.byte(0) === 1),
      strides: spatial(options.int(2), options.int(1)),
      ksize: spatial(options.int(4), options.int(3)),
    });
    ctx.set(ctx.activated(x, 5));
  };

/** The weights come as outputs, inputs; all axes but the last are one, unless they are kept. */
const fullyConnected: LowerOperator = (ctx) => {
  const { options, lowering } = ctx;
  if (options.byte(1) !== 0) throw ctx.unsupported(aboutTflite('lite_weights_order'));
  const [outputs = 0, inputs = 0] = ctx.tensor(1).shape;
  const { shape } = ctx.tensor(0);
  const x =
    shape.length === 2 ? ctx.ref(0) : ctx.add('Reshape', [ctx.ref(0), lowering.addInts([-1, inputs])]);
  const product = ctx.add('MatMul', [x, ctx.ref(1)], { transpose_b: { b: true } });
  const result = ctx.activated(ctx.biased(product, 2), 0);
  const isKept = options.flag(2) && shape.length !== 2;
  ctx.set(
    isKept ? ctx.add('Reshape', [result, lowering.addInts([-1, ...shape.slice(1, -1), outputs])]) : result,
  );
};

const batchMatMul: LowerOperator = (ctx) =>
  ctx.set(
    ctx.add('BatchMatMulV2', [ctx.ref(0), ctx.ref(1)], {
      adj_x: { b: ctx.options.flag(0) },
      adj_y: { b: ctx.options.flag(1) },
    }),
  );

const resize =
  (op: string, firstField: number): LowerOperator =>
  (ctx) =>
    ctx.set(
      ctx.add(op, [ctx.ref(0), ctx.ref(1)], {
        align_corners: { b: ctx.options.flag(firstField) },
        half_pixel_centers: { b: ctx.options.flag(firstField + 1) },
      }),
    );

/** What has weights, or looks at neighbouring pixels. */
export const layerOperators: Record<string, LowerOperator> = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  TRANSPOSE_CONV: transposeConv,
  Convolution2DTransposeBias: transposeConvBias,
  AVERAGE_POOL_2D: pool('AvgPool'),
  MAX_POOL_2D: pool('MaxPool'),
  FULLY_CONNECTED: fullyConnected,
  BATCH_MATMUL: batchMatMul,
  RESIZE_BILINEAR: resize('ResizeBilinear', 2),
  RESIZE_NEAREST_NEIGHBOR: resize('ResizeNearestNeighbor', 0),
};
