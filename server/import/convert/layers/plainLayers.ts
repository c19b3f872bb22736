import { countOf, type Dim } from '../../onnx/dims.ts';
import { at, float32 } from '../../onnx/tensor.ts';
import { constantValue, firstToLast, lastToFirst, type Value } from '../graph/value.ts';
import { activate } from './activations.ts';
import { type LayerConverter, wholeNumbers } from './layerContext.ts';

const dense: LayerConverter = (layer) => {
  const { x } = layer;
  const kernel = layer.weight('kernel');
  const width = at(x.dims, -1);
  // Of more than two axes all but the last are rows.
  const rows = x.dims.length === 2 ? x : layer.reshape(x, [-1, width], 'rows');
  const product = layer.op('MatMul', [rows, kernel], {}, 'product');
  const shifted = layer.flag('use_bias', true) ? layer.op('Add', [product, layer.weight('bias')]) : product;
  const result =
    x.dims.length === 2
      ? shifted
      : layer.reshape(shifted, [...x.dims.slice(0, -1), at(kernel.dims, -1)], 'shape');
  return activate(layer, result);
};

const batchNormalization: LayerConverter = (layer) => {
  const rank = layer.x.dims.length;
  const axisSetting = layer.setting('axis');
  const axis = (Array.isArray(axisSetting) && axisSetting.length === 1 ? axisSetting[0] : axisSetting) ?? -1;
  const channels = axis === -1 ? rank - 1 : axis;
  const first = channels === 1 && rank === 4;
  if (channels !== rank - 1 && !first) throw layer.unsupported(`normalises axis ${axis} of ${rank}`);
  const mean = layer.weight('moving_mean');
  const all = (value: number): Value =>
    constantValue(float32(mean.dims.map(Number), new Float32Array(Number(countOf(mean.dims))).fill(value)));
  const gamma = layer.flag('scale', true) ? layer.weight('gamma') : all(1);
  const beta = layer.flag('center', true) ? layer.weight('beta') : all(0);
  const normalise = (x: Value): Value =>
    layer.op('FusedBatchNormV3', [x, gamma, beta, mean, layer.weight('moving_variance')], {
      epsilon: { f: layer.float('epsilon', 1e-3) },
      is_training: { b: false },
    });
  if (!first) return normalise(layer.x);
  return layer.transpose(
    normalise(layer.transpose(layer.x, firstToLast, 'channels-last')),
    lastToFirst,
    'channels-first',
  );
};

const relu: LayerConverter = (layer) => {
  const slope = layer.float('negative_slope', 0);
  if ((slope !== 0 && !layer.isKeras3) || layer.float('threshold', 0) !== 0) {
    throw layer.unsupported(
      'has a negative_slope or threshold, which TensorFlow.js ignores: its answers would be wrong',
    );
  }
  const most = layer.float('max_value', Number.MAX_VALUE);
  if (most === 6 && slope === 0) return layer.op('Relu6', [layer.x]);
  const positive =
    slope === 0
      ? layer.op('Relu', [layer.x])
      : layer.op('LeakyRelu', [layer.x], { alpha: { f: slope } }, 'slope');
  return most === Number.MAX_VALUE
    ? positive
    : layer.op('Minimum', [positive, layer.number(most)], {}, 'limit');
};

const flatten: LayerConverter = (layer) => {
  const rank = layer.x.dims.length;
  const order = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  const x = layer.channelsFirst && rank > 2 ? layer.transpose(layer.x, order, 'channels-last') : layer.x;
  return layer.reshape(x, [at(x.dims, 0), countOf(x.dims.slice(1))]);
};

const reshape: LayerConverter = (layer) => {
  const target = layer.setting('target_shape');
  if (!Array.isArray(target) || target.length > 7)
    throw layer.malformed('"target_shape" should be a list of sides');
  const sides = target.map((side: unknown): Dim => {
    if (side === null || side === -1) return -1;
    if (typeof side !== 'number' || !Number.isSafeInteger(side) || side < 1) {
      throw layer.malformed('"target_shape" should hold whole numbers from 1, or one open side');
    }
    return side;
  });
  return layer.reshape(layer.x, [at(layer.x.dims, 0), ...sides]);
};

const permute: LayerConverter = (layer) => {
  const dims = layer.ints('dims');
  const sorted = dims.toSorted((a, b) => a - b);
  if (dims.length !== layer.x.dims.length - 1 || sorted.some((axis, i) => axis !== i + 1)) {
    throw layer.malformed(`"dims" should order the axes 1 to ${layer.x.dims.length - 1}`);
  }
  return layer.transpose(layer.x, [0, ...dims], '');
};

/** Puts one op between all inputs. Inputs of fewer axes get theirs after the batch, as in TensorFlow.js. */
const merge =
  (op: string): LayerConverter =>
  (layer) => {
    const rank = Math.max(...layer.inputs.map(({ dims }) => dims.length));
    if (layer.inputs.length < 2) throw layer.malformed('needs at least two inputs');
    return layer.inputs
      .map((x) => {
        const missing = new Array<number>(rank - x.dims.length).fill(1);
        // A number that stands in the file goes with any shape.
        return missing.length === 0 || x.dims.length === 0
          ? x
          : layer.reshape(x, [at(x.dims, 0), ...missing, ...x.dims.slice(1)], 'shape');
      })
      .reduce((merged, x) => layer.op(op, [merged, x]));
  };

const average: LayerConverter = (layer) =>
  layer.op('Mul', [merge('Add')(layer), layer.number(1 / layer.inputs.length)], {}, 'mean');

const concatenate: LayerConverter = (layer) =>
  layer.op('ConcatV2', [...layer.inputs, wholeNumbers([layer.float('axis', -1)], [])]);

const softmax: LayerConverter = (layer) => {
  const axis = layer.float('axis', -1);
  if (axis !== -1 && axis !== layer.x.dims.length - 1)
    throw layer.unsupported(`works along axis ${axis}, not the last`);
  return layer.op('Softmax', [layer.x]);
};

const elu: LayerConverter = (layer) => {
  if (layer.float('alpha', 1) !== 1)
    throw layer.unsupported('has an alpha other than 1, which TensorFlow.js does not support');
  return layer.op('Elu', [layer.x]);
};

/** Layers that know nothing of images. */
export const plainLayers: Readonly<Record<string, LayerConverter>> = {
  Dense: dense,
  BatchNormalization: batchNormalization,
  Activation: (layer) => activate(layer, layer.x),
  ReLU: relu,
  LeakyReLU: (layer) =>
    layer.op('LeakyRelu', [layer.x], {
      alpha: { f: layer.float(layer.isKeras3 ? 'negative_slope' : 'alpha', 0.3) },
    }),
  PReLU: (layer) => layer.op('Prelu', [layer.x, layer.weight('alpha')]),
  ELU: elu,
  Softmax: softmax,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  Add: merge('Add'),
  Subtract: merge('Sub'),
  Multiply: merge('Mul'),
  // What Keras 3 makes of `/` between tensors; `+`, `-` and `*` are called as the layers are.
  TrueDivide: merge('RealDiv'),
  Divide: merge('RealDiv'),
  Maximum: merge('Maximum'),
  Minimum: merge('Minimum'),
  Average: average,
  Concatenate: concatenate,
};
