import * as v from 'valibot';
import type { Value } from '../graph/value.ts';
import type { LayerContext } from './layerContext.ts';

type Activation = (layer: LayerContext, x: Value) => Value;

/** An activation that is one TensorFlow op. */
const op =
  (name: string): Activation =>
  (layer, x) =>
    layer.op(name, [x], {}, 'activation');

/** x * gate(x) */
const gated =
  (gate: Activation): Activation =>
  (layer, x) =>
    layer.op('Mul', [x, gate(layer, x)], {}, 'gated');

const silu = gated(op('Sigmoid'));

/** By the names that Keras writes; the formulas are those of TensorFlow.js. */
const activations: Readonly<Record<string, Activation>> = {
  linear: (_, x) => x,
  elu: op('Elu'),
  relu: op('Relu'),
  relu6: op('Relu6'),
  selu: op('Selu'),
  sigmoid: op('Sigmoid'),
  softmax: op('Softmax'),
  log_softmax: op('LogSoftmax'),
  softplus: op('Softplus'),
  tanh: op('Tanh'),
  swish: silu,
  silu,
  mish: gated((layer, x) => layer.op('Tanh', [layer.op('Softplus', [x], {}, 'softplus')], {}, 'activation')),
  hard_sigmoid: (layer, x) => {
    const sloped = layer.op('Mul', [x, layer.number(0.2)], {}, 'slope');
    return clip(layer, layer.op('Add', [sloped, layer.number(0.5)], {}, 'shift'), 0, 1);
  },
  softsign: (layer, x) => {
    const size = layer.op('Abs', [x], {}, 'size');
    return layer.op(
      'RealDiv',
      [x, layer.op('Add', [size, layer.number(1)], {}, 'divisor')],
      {},
      'activation',
    );
  },
  gelu: gated((layer, x) => {
    const scaled = layer.op('Mul', [x, layer.number(Math.SQRT1_2)], {}, 'scaled');
    return halfOnePlus(layer, layer.op('Erf', [scaled], {}, 'erf'));
  }),
  gelu_new: gated((layer, x) => {
    const cube = layer.op('Mul', [layer.op('Square', [x], {}, 'square'), x], {}, 'cube');
    const bent = layer.op(
      'Add',
      [x, layer.op('Mul', [cube, layer.number(0.044715)], {}, 'bend')],
      {},
      'bent',
    );
    const scaled = layer.op('Mul', [bent, layer.number(Math.sqrt(2 / Math.PI))], {}, 'scaled');
    return halfOnePlus(layer, layer.op('Tanh', [scaled], {}, 'tanh'));
  }),
};

const halfOnePlus: Activation = (layer, x) =>
  layer.op('Mul', [layer.op('Add', [x, layer.number(1)], {}, 'one-plus'), layer.number(0.5)], {}, 'half');

/** Where Keras 3 means another function than Keras 2 and TensorFlow.js, or has more. */
const keras3Activations: typeof activations = {
  hard_sigmoid: (layer, x) => {
    const shifted = layer.op('Add', [x, layer.number(3)], {}, 'shift');
    return layer.op(
      'Mul',
      [layer.op('Relu6', [shifted], {}, 'limits'), layer.number(1 / 6)],
      {},
      'activation',
    );
  },
  hard_silu: gated((layer, x) => named(layer, 'hard_sigmoid')(layer, x)),
  hard_swish: gated((layer, x) => named(layer, 'hard_sigmoid')(layer, x)),
  leaky_relu: (layer, x) => layer.op('LeakyRelu', [x], { alpha: { f: 0.2 } }, 'activation'),
};

export function clip(layer: LayerContext, x: Value, low: number, high: number): Value {
  const raised = layer.op('Maximum', [x, layer.number(low)], {}, 'low');
  return layer.op('Minimum', [raised, layer.number(high)], {}, 'high');
}

function named(layer: LayerContext, name: string): Activation {
  const known = layer.isKeras3 ? { ...activations, ...keras3Activations } : activations;
  const activation = Object.hasOwn(known, name) ? known[name] : undefined;
  if (activation === undefined) throw layer.unsupported(`the activation "${name}" is not supported`);
  return activation;
}

/** Keras writes a function as an object in some files. */
const ActivationObject = v.object({ class_name: v.string(), config: v.unknown() });

/** Applies what the layer's setting "activation" names. */
export function activate(layer: LayerContext, x: Value): Value {
  const object = v.safeParse(ActivationObject, layer.setting('activation'));
  if (!object.success) return named(layer, layer.text('activation', 'linear'))(layer, x);
  const { class_name, config } = object.output;
  const name = class_name === 'function' && typeof config === 'string' ? config : class_name;
  return named(layer, name)(layer, x);
}
