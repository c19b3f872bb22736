import { known } from '../../onnx/dims.ts';
import { at } from '../../onnx/tensor.ts';
import type { Attribute } from '../graph/tfjsGraph.ts';
import { firstToLast, lastToFirst, sizesValue, type Value } from '../graph/value.ts';
import { activate } from './activations.ts';
import { type LayerContext, type LayerConverter, wholeNumbers } from './layerContext.ts';

/**
 * Runs `body` on the input with its channels last, and gives the result in the layer's own order. The transpositions
 * for "channels_first" cost nothing: the ONNX graph keeps its tensors in that order anyway.
 */
export function channelsLast(layer: LayerContext, body: (x: Value) => Value): Value {
  const x = layer.ofRank(4);
  if (!layer.channelsFirst) return body(x);
  return layer.transpose(
    body(layer.transpose(x, firstToLast, 'channels-last')),
    lastToFirst,
    'channels-first',
  );
}

const ints = (values: readonly number[]): Attribute => ({ list: { i: [...values] } });

/** The attributes of TensorFlow's ops with a sliding window. */
function windowOf(layer: LayerContext, strides: readonly number[]): Record<string, Attribute> {
  const padding = layer.text('padding', 'valid').toUpperCase();
  if (padding !== 'SAME' && padding !== 'VALID') throw layer.unsupported(`padding is "${padding}"`);
  return {
    padding: { s: padding },
    strides: ints([1, ...strides, 1]),
    dilations: ints([1, ...layer.pair('dilation_rate'), 1]),
  };
}

const addBias = (layer: LayerContext, x: Value): Value =>
  layer.flag('use_bias', true) ? layer.op('BiasAdd', [x, layer.weight('bias')], {}, 'bias') : x;

const conv2d: LayerConverter = (layer) => {
  if (layer.float('groups', 1) !== 1)
    throw layer.unsupported('has groups, which TensorFlow.js does not support');
  const convolved = channelsLast(layer, (x) =>
    addBias(layer, layer.op('Conv2D', [x, layer.weight('kernel')], windowOf(layer, layer.pair('strides')))),
  );
  return activate(layer, convolved);
};

const conv2dTranspose: LayerConverter = (layer) => {
  if (
    layer.pair('dilation_rate').some((rate) => rate !== 1) ||
    layer.setting('output_padding') !== undefined
  ) {
    throw layer.unsupported(
      'has a dilation_rate or output_padding, which TensorFlow.js ignores: its answers would be wrong',
    );
  }
  const convolved = channelsLast(layer, (x) => {
    const kernel = layer.weight('kernel');
    const strides = layer.pair('strides');
    const window = windowOf(layer, strides);
    const sides = strides.map((stride, i) => {
      const side = known(at(x.dims, i + 1), `${layer}: height and width`) * stride;
      const overhang = Math.max(known(kernel.dims[i], `${layer}: the kernel`) - stride, 0);
      return window.padding?.s === 'SAME' ? side : side + overhang;
    });
    const sizes = sizesValue([at(x.dims, 0), ...sides, at(kernel.dims, 2)]);
    return addBias(layer, layer.op('Conv2DBackpropInput', [sizes, kernel, x], window));
  });
  return activate(layer, convolved);
};

const depthwiseConv2d: LayerConverter = (layer) => {
  if (layer.pair('dilation_rate').some((rate) => rate !== 1)) {
    throw layer.unsupported(
      'has a dilation_rate, which TensorFlow.js ignores in this layer: its answers would be wrong',
    );
  }
  const convolved = channelsLast(layer, (x) => {
    // Keras 3 calls it as in any convolution.
    const inputs = [x, layer.weight('depthwise_kernel', 'kernel')];
    return addBias(layer, layer.op('DepthwiseConv2dNative', inputs, windowOf(layer, layer.pair('strides'))));
  });
  return activate(layer, convolved);
};

const separableConv2d: LayerConverter = (layer) =>
  channelsLast(layer, (x) => {
    const inputs = [x, layer.weight('depthwise_kernel')];
    const spread = layer.op(
      'DepthwiseConv2dNative',
      inputs,
      windowOf(layer, layer.pair('strides')),
      'depthwise',
    );
    const pointwise = { padding: { s: 'VALID' }, strides: ints([1, 1, 1, 1]) };
    const mixed = layer.op('Conv2D', [spread, layer.weight('pointwise_kernel')], pointwise);
    return activate(layer, addBias(layer, mixed));
  });

const pooling =
  (op: 'MaxPool' | 'AvgPool'): LayerConverter =>
  (layer) =>
    channelsLast(layer, (x) => {
      const size = layer.pair('pool_size', [2, 2]);
      const attributes = windowOf(layer, layer.pair('strides', size));
      return layer.op(op, [x], { ...attributes, ksize: ints([1, ...size, 1]) });
    });

const globalPooling =
  (op: 'Mean' | 'Max'): LayerConverter =>
  (layer) => {
    const axes = wholeNumbers(layer.channelsFirst ? [2, 3] : [1, 2]);
    return layer.op(op, [layer.ofRank(4), axes], { keep_dims: { b: layer.flag('keepdims', false) } });
  };

/** What an axis of height or width gets or loses at its two ends; nothing for the other axes. */
function onSides<T>(layer: LayerContext, [vertical, horizontal]: readonly [T, T], none: T): readonly T[] {
  return layer.channelsFirst ? [none, none, vertical, horizontal] : [none, vertical, horizontal, none];
}

const zeroPadding2d: LayerConverter = (layer) => {
  const paddings = onSides(layer, layer.edges('padding'), [0, 0]).flat();
  return layer.op('Pad', [layer.ofRank(4), wholeNumbers(paddings, [4, 2])]);
};

const cropping2d: LayerConverter = (layer) => {
  const x = layer.ofRank(4);
  const edges = onSides(layer, layer.edges('cropping'), []);
  const starts = edges.map(([before = 0]) => before);
  const sizes = edges.map(([before, after], axis) =>
    before === undefined || after === undefined
      ? -1
      : known(x.dims[axis], `${layer}: a cut side`) - before - after,
  );
  if (sizes.includes(0) || sizes.some((size) => size < -1)) throw layer.unsupported('crops everything away');
  return layer.op('Slice', [x, wholeNumbers(starts), wholeNumbers(sizes)]);
};

export const resizeOps: ReadonlyMap<string, string> = new Map([
  ['nearest', 'ResizeNearestNeighbor'],
  ['bilinear', 'ResizeBilinear'],
]);

const upSampling2d: LayerConverter = (layer) =>
  channelsLast(layer, (x) => {
    const interpolation = layer.text('interpolation', 'nearest');
    const op = resizeOps.get(interpolation);
    if (op === undefined) throw layer.unsupported(`interpolation is "${interpolation}"`);
    const factors = layer.pair('size', [2, 2]);
    const sides = factors.map((factor, i) => factor * known(at(x.dims, i + 1), `${layer}: height and width`));
    return layer.op(op, [x, wholeNumbers(sides)], { half_pixel_centers: { b: layer.isKeras3 } });
  });

/** Layers of images: [batch, height, width, channels], or channels second where the layer says so. */
export const imageLayers: Readonly<Record<string, LayerConverter>> = {
  Conv2D: conv2d,
  Conv2DTranspose: conv2dTranspose,
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
  MaxPooling2D: pooling('MaxPool'),
  AveragePooling2D: pooling('AvgPool'),
  GlobalMaxPooling2D: globalPooling('Max'),
  GlobalAveragePooling2D: globalPooling('Mean'),
  ZeroPadding2D: zeroPadding2d,
  Cropping2D: cropping2d,
  UpSampling2D: upSampling2d,
};
