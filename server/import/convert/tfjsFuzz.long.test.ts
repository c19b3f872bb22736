import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import * as fc from 'fast-check';
import { ImportError } from '../importError.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { save } from '../testing/layersHarness.ts';
import { flag, int, ints, text } from '../testing/opHarness.ts';
import { readTfjsModel } from './tfjsModel.ts';

/** A small layers model with a bit of everything, as TensorFlow.js saves it. */
async function layersFile() {
  await tf.setBackend('cpu');
  const model = sequential();
  model.add(layers.rescaling({ inputShape: [6, 6, 3], scale: 0.01 }));
  model.add(
    layers.zeroPadding2d({
      padding: [
        [0, 1],
        [0, 1],
      ],
    }),
  );
  model.add(layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, activation: 'relu' }));
  model.add(layers.batchNormalization());
  model.add(layers.upSampling2d({}));
  model.add(layers.maxPooling2d({ poolSize: 2 }));
  model.add(layers.permute({ dims: [3, 1, 2] }));
  model.add(layers.reshape({ targetShape: [4, 9] }));
  model.add(layers.flatten());
  model.add(layers.dense({ units: 2, activation: 'softmax' }));
  return save(model);
}

/** A small graph model, with the ops whose inputs are numbers that steer the conversion. */
function graphFile() {
  const sides = [-1, 6, 6, 3].map((size) => ({ size: String(size) }));
  const whole = {
    order: [0, 3, 1, 2],
    shape: [-1, 108],
    begin: [0, 1],
    size: [-1, 50],
    axis: [1],
    pads: [0, 0, 1, 1, 1, 1, 0, 0],
  };
  const window = { padding: text('SAME'), strides: ints(1, 2, 2, 1), ksize: ints(1, 2, 2, 1) };
  const values = Object.values(whole).flat();
  return {
    json: {
      modelTopology: {
        node: [
          {
            name: 'x',
            op: 'Placeholder',
            attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: sides } } },
          },
          ...Object.keys(whole).map((name) => ({ name, op: 'Const' })),
          { name: 'turned', op: 'Transpose', input: ['x', 'order'] },
          { name: 'flat', op: 'Reshape', input: ['turned', 'shape'] },
          { name: 'cut', op: 'Slice', input: ['flat', 'begin', 'size'] },
          { name: 'parts', op: 'Split', input: ['axis', 'cut'], attr: { num_split: int(5) } },
          { name: 'sum', op: 'Sum', input: ['parts:3', 'axis'], attr: { keep_dims: flag(true) } },
          { name: 'padded', op: 'Pad', input: ['x', 'pads'] },
          { name: 'pooled', op: 'MaxPool', input: ['padded'], attr: window },
        ],
      },
      weightsManifest: [
        {
          paths: ['w.bin'],
          weights: Object.entries(whole).map(([name, { length }]) => ({
            name,
            shape: name === 'pads' ? [4, 2] : [length],
            dtype: 'int32',
          })),
        },
      ],
    },
    weights: new Uint8Array(Int32Array.from(values).buffer),
  };
}

/** Everything in a JSON value that could be replaced: who holds it, and under which key. */
function places(value: unknown): { readonly holder: Record<string, unknown>; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...places(holder[key])]);
}

const classes = ['Dense', 'Add', 'Cropping2D', 'Softmax', 'PReLU', 'Sequential', 'Functional', 'InputLayer'];
const ops = [
  'Pack',
  'Unpack',
  'ConcatV2',
  'StridedSlice',
  'Tile',
  'MatMul',
  'ArgMax',
  'GatherV2',
  'TopKV2',
  'Squeeze',
];
const oddities = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    'constructor',
    '__proto__',
    true,
    [],
    {},
    [[]],
    [null],
    ...classes,
    ...ops,
  ),
  fc.constantFrom(-1, 0, 0.5, 2, 3, 7, 2 ** 31, 2 ** 53, 1e300),
  fc.array(fc.integer({ min: -3, max: 9 }), { maxLength: 4 }),
  fc.string({ maxLength: 3 }),
);

const seed = 20_260_303;
for (const [kind, { json, weights }] of Object.entries({ layers: await layersFile(), graph: graphFile() })) {
  const original = JSON.stringify(json);
  const convert = (source: unknown, shard: Uint8Array): void => {
    serialiseOnnx(readTfjsModel(source, () => shard).convert().graph, 'fuzzed');
  };
  test(`a ${kind} model with odd places is imported or refused, and never anything else (seed ${seed})`, () => {
    convert(JSON.parse(original), weights);
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), oddities), { minLength: 1, maxLength: 3 }), (changes) => {
        const changed: unknown = JSON.parse(original);
        for (const [at, oddity] of changes) {
          const all = places(changed);
          const place = all[at % all.length];
          if (place) place.holder[place.key] = oddity;
        }
        try {
          convert(changed, weights);
          outcomes.add('imported');
        } catch (error) {
          if (!(error instanceof ImportError)) throw error;
          outcomes.add(error.code);
        }
      }),
      { seed, numRuns: 1500 },
    );
    for (const expected of ['imported', 'malformed_source', 'unsupported_use'])
      assert.ok(outcomes.has(expected), expected);
  });
}
