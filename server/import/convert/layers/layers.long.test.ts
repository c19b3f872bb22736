import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { model as functional, layers, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { assertSameModel, randomiseWeights } from '../../testing/layersHarness.ts';
import { imageLayers } from './imageLayers.ts';
import { plainLayers } from './plainLayers.ts';
import { preprocessingLayers, trainingLayers } from './preprocessingLayers.ts';

const seed = 20_260_101;
type Layer = Parameters<ReturnType<typeof sequential>['add']>[0];
type DataFormat = 'channelsFirst' | 'channelsLast';

interface Case {
  readonly title: string;
  /** Sides of the input, without the batch; [7, 6, 4] by default. */
  readonly input?: readonly number[];
  readonly layer: () => Layer;
}

const formats: DataFormat[] = ['channelsLast', 'channelsFirst'];
const images: Case[] = formats.flatMap((dataFormat) =>
  [
    ...(['same', 'valid'] as const).flatMap((padding) => [
      {
        title: `Conv2D, ${padding}`,
        layer: () => layers.conv2d({ filters: 3, kernelSize: [3, 2], strides: 2, padding, dataFormat }),
      },
      ...[1, 2, 3, 5].map((kernelSize) => ({
        title: `Conv2DTranspose by ${kernelSize}, ${padding}`,
        layer: () =>
          layers.conv2dTranspose({
            filters: 3,
            kernelSize,
            strides: [2, 3],
            padding,
            activation: 'relu',
            dataFormat,
          }),
      })),
      {
        title: `DepthwiseConv2D, ${padding}`,
        layer: () =>
          layers.depthwiseConv2d({ kernelSize: 3, strides: [2, 2], depthMultiplier: 2, padding, dataFormat }),
      },
      {
        title: `MaxPooling2D, ${padding}`,
        layer: () => layers.maxPooling2d({ poolSize: 2, strides: [1, 2], padding, dataFormat }),
      },
      {
        title: `AveragePooling2D, ${padding}`,
        layer: () => layers.averagePooling2d({ poolSize: [2, 3], padding, dataFormat }),
      },
    ]),
    {
      title: 'Conv2D, dilated, without bias, with relu',
      layer: () =>
        layers.conv2d({
          filters: 2,
          kernelSize: 2,
          dilationRate: 2,
          useBias: false,
          activation: 'relu',
          dataFormat,
        }),
    },
    {
      title: 'Conv2D with softmax',
      layer: () => layers.conv2d({ filters: 3, kernelSize: 1, activation: 'softmax', dataFormat }),
    },
    { title: 'GlobalAveragePooling2D', layer: () => layers.globalAveragePooling2d({ dataFormat }) },
    { title: 'GlobalMaxPooling2D', layer: () => layers.globalMaxPooling2d({ dataFormat }) },
    {
      title: 'ZeroPadding2D',
      layer: () =>
        layers.zeroPadding2d({
          padding: [
            [0, 1],
            [2, 3],
          ],
          dataFormat,
        }),
    },
    { title: 'ZeroPadding2D by one number', layer: () => layers.zeroPadding2d({ padding: 2, dataFormat }) },
    {
      title: 'Cropping2D',
      layer: () =>
        layers.cropping2D({
          cropping: [
            [1, 0],
            [2, 1],
          ],
          dataFormat,
        }),
    },
    { title: 'UpSampling2D', layer: () => layers.upSampling2d({ size: [2, 3], dataFormat }) },
    {
      title: 'UpSampling2D, bilinear',
      layer: () => layers.upSampling2d({ interpolation: 'bilinear', dataFormat }),
    },
    { title: 'Flatten', layer: () => layers.flatten({ dataFormat }) },
  ].map(({ title, layer }) => ({ title: `${title}, ${dataFormat}`, layer })),
);

const activations = [
  'elu',
  'gelu',
  'gelu_new',
  'hardSigmoid',
  'linear',
  'logSoftmax',
  'mish',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'swish',
  'tanh',
] as const;

const others: Case[] = [
  {
    title: 'SeparableConv2D',
    layer: () =>
      layers.separableConv2d({
        filters: 3,
        kernelSize: 3,
        depthMultiplier: 2,
        strides: 2,
        activation: 'relu',
      }),
  },
  { title: 'BatchNormalization', layer: () => layers.batchNormalization({ epsilon: 0.01 }) },
  {
    title: 'BatchNormalization without offset, of two axes',
    input: [5],
    layer: () => layers.batchNormalization({ center: false }),
  },
  ...activations.map((activation) => ({
    title: `Activation ${activation}`,
    layer: () => layers.activation({ activation: activation as 'relu' }),
  })),
  {
    title: 'Dense',
    input: [6],
    layer: () => layers.dense({ units: 3, activation: 'softmax', useBias: false }),
  },
  { title: 'Dense with bias', input: [6], layer: () => layers.dense({ units: 3, activation: 'relu' }) },
  { title: 'Dense of four axes', layer: () => layers.dense({ units: 3, activation: 'tanh' }) },
  { title: 'ReLU', layer: () => layers.reLU() },
  { title: 'ReLU to 6', layer: () => layers.reLU({ maxValue: 6 }) },
  { title: 'ReLU to 1', layer: () => layers.reLU({ maxValue: 1 }) },
  { title: 'LeakyReLU', layer: () => layers.leakyReLU({ alpha: 0.1 }) },
  { title: 'PReLU', layer: () => layers.prelu() },
  { title: 'PReLU with shared axes', layer: () => layers.prelu({ sharedAxes: [1, 2] }) },
  { title: 'ELU', layer: () => layers.elu() },
  { title: 'Softmax', input: [6], layer: () => layers.softmax({ axis: -1 }) },
  { title: 'Reshape', layer: () => layers.reshape({ targetShape: [21, -1] }) },
  { title: 'Permute', layer: () => layers.permute({ dims: [2, 3, 1] }) },
  { title: 'Rescaling', layer: () => layers.rescaling({ scale: 1 / 127.5, offset: -1 }) },
  { title: 'Dropout', layer: () => layers.dropout({ rate: 0.5 }) },
  { title: 'SpatialDropout1D', input: [6, 4], layer: () => layers.spatialDropout1d({ rate: 0.5 }) },
  { title: 'GaussianNoise', layer: () => layers.gaussianNoise({ stddev: 1 }) },
  { title: 'GaussianDropout', layer: () => layers.gaussianDropout({ rate: 0.5 }) },
  { title: 'AlphaDropout', layer: () => layers.alphaDropout({ rate: 0.5 }) },
];

/** Two branches of one input, then the merging layer. */
const merges: { readonly title: string; readonly layer: () => Layer }[] = [
  { title: 'Add', layer: () => layers.add() },
  { title: 'Multiply', layer: () => layers.multiply() },
  { title: 'Average', layer: () => layers.average() },
  { title: 'Maximum', layer: () => layers.maximum() },
  { title: 'Minimum', layer: () => layers.minimum() },
  { title: 'Concatenate', layer: () => layers.concatenate() },
  { title: 'Concatenate', layer: () => layers.concatenate({ axis: 1 }) },
];

const tried = new Set<string>();

for (const { title, input = [7, 6, 4], layer } of [...images, ...others]) {
  test(`${title}: as in TensorFlow.js (seed ${seed})`, async () => {
    await tf.setBackend('cpu');
    const alone = layer();
    tried.add(alone.getClassName());
    const model = sequential();
    model.add(layers.inputLayer({ inputShape: [...input] }));
    model.add(alone);
    randomiseWeights(model, seed);
    await assertSameModel(model, seed);
    if (input.length !== 3) return;
    // After a convolution tensors stand in the other order.
    const nchw = sequential();
    nchw.add(layers.conv2d({ inputShape: [...input], filters: 4, kernelSize: 1 }));
    nchw.add(layer());
    randomiseWeights(nchw, seed);
    await assertSameModel(nchw, seed);
  });
}

for (const { title, layer } of merges) {
  test(`${title} of two and of three: as in TensorFlow.js (seed ${seed})`, async () => {
    await tf.setBackend('cpu');
    const start = layers.inputLayer({ inputShape: [5, 6, 4] }).output as SymbolicTensor;
    const branch = (): SymbolicTensor =>
      layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }).apply(start) as SymbolicTensor;
    const merging = layer();
    tried.add(merging.getClassName());
    const two = merging.apply([branch(), start]) as SymbolicTensor;
    const three = layer().apply([two, ...(title === 'Concatenate' ? [] : [branch()]), two]) as SymbolicTensor;
    const merged = functional({ inputs: start, outputs: [two, three] });
    randomiseWeights(merged, seed);
    await assertSameModel(merged, seed);
  });
}

test('a vector is merged into an image by its channels, as in squeeze-and-excitation', async () => {
  await tf.setBackend('cpu');
  const start = layers.inputLayer({ inputShape: [5, 6, 4] }).output as SymbolicTensor;
  const squeezed = layers.globalAveragePooling2d({}).apply(start) as SymbolicTensor;
  const weights = layers.dense({ units: 4, activation: 'sigmoid' }).apply(squeezed) as SymbolicTensor;
  const model = functional({
    inputs: start,
    outputs: layers.multiply().apply([start, weights]) as SymbolicTensor,
  });
  randomiseWeights(model, seed);
  await assertSameModel(model, seed);
});

test('every layer that the importer knows is tried above, or with Keras 3', async () => {
  const folder = new URL('../../fixtures/keras3/', import.meta.url);
  for (const name of trainingLayers) tried.add(name);
  for (const name of ['sequential', 'transfer', 'shared']) {
    const text = await readFile(new URL(`${name}.json`, folder), 'utf8');
    for (const [, className = ''] of text.matchAll(/"class_name":"(\w+)"/g)) tried.add(className);
  }
  assert.deepEqual(
    Object.keys({ ...imageLayers, ...plainLayers, ...preprocessingLayers }).filter(
      (name) => !tried.has(name),
    ),
    [],
  );
});

test('a layer that is called twice, and a nested model that is, keep their weights', async () => {
  await tf.setBackend('cpu');
  const start = layers.inputLayer({ inputShape: [6, 6, 3] }).output as SymbolicTensor;
  const shared = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu' });
  const inner = sequential();
  inner.add(layers.conv2d({ inputShape: [6, 6, 3], filters: 3, kernelSize: 1 }));
  inner.add(layers.batchNormalization());
  const once = inner.apply(shared.apply(start)) as SymbolicTensor;
  const twice = inner.apply(shared.apply(once)) as SymbolicTensor;
  const model = functional({ inputs: start, outputs: layers.add().apply([once, twice]) as SymbolicTensor });
  randomiseWeights(model, seed);
  const ops = await assertSameModel(model, seed);
  assert.equal(ops.filter((op) => op === 'Conv').length, 4);
});

test('channels that stand first are normalised each by its own numbers', async () => {
  await tf.setBackend('cpu');
  const first = sequential();
  first.add(layers.batchNormalization({ inputShape: [4, 5, 6], axis: 1 }));
  randomiseWeights(first, seed);
  // On the processor TensorFlow.js mixes up the channels for axis 1, so the reference is turned around by hand.
  const turned = sequential();
  turned.add(layers.permute({ inputShape: [4, 5, 6], dims: [2, 3, 1] }));
  turned.add(layers.batchNormalization());
  turned.add(layers.permute({ dims: [3, 1, 2] }));
  turned.setWeights(first.getWeights());
  await assertSameModel(first, seed, turned);
});

test('convolution, batch normalisation and ReLU6 become a convolution and a Clip, padding included', async () => {
  await tf.setBackend('cpu');
  const model = sequential();
  model.add(
    layers.zeroPadding2d({
      inputShape: [8, 8, 3],
      padding: [
        [0, 1],
        [0, 1],
      ],
    }),
  );
  model.add(layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, useBias: false }));
  model.add(layers.batchNormalization());
  model.add(layers.reLU({ maxValue: 6 }));
  randomiseWeights(model, seed);
  assert.deepEqual(await assertSameModel(model, seed), ['Pad', 'Transpose', 'Conv', 'Clip', 'Transpose']);
});
