import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { ImportError } from '../importError.ts';
import { best, decided, NO_COST } from '../testing/importForTests.ts';
import { save } from '../testing/layersHarness.ts';
import { solidPicture, temporaryFolder } from '../testing/modelsForTests.ts';
import { importModel } from './importModel.ts';

const COLOURS = ['red', 'green', 'blue'];
const samples = await Promise.all(
  Object.entries({ red: '#c33', green: '#3c3', blue: '#33c' }).map(async ([name, colour]) => ({
    name,
    image: await solidPicture(colour),
  })),
);

/** Tells how red, green and blue a picture of 8x8 pixels is. */
function colourModel(): LayersModel {
  const model = sequential();
  model.add(layers.globalAveragePooling2d({ inputShape: [8, 8, 3] }));
  model.add(layers.dense({ units: 3, activation: 'softmax' }));
  model.setWeights([tf.mul(tf.eye(3), 3), tf.zeros([3])]);
  return model;
}

async function writeModel(dir: string): Promise<void> {
  const { json, weights } = await save(colourModel());
  await mkdir(dir);
  await writeFile(path.join(dir, 'model.json'), JSON.stringify(json));
  await writeFile(path.join(dir, 'weights.bin'), weights);
}

test('a download of Teachable Machine becomes a version with its labels, its name and its preparation', async (t) => {
  const dir = await temporaryFolder(t);
  await writeModel(path.join(dir, 'tm-my-image-model'));
  const metadata = {
    packageName: '@teachablemachine/image',
    modelName: 'colours of mine',
    labels: COLOURS,
    imageSize: 8,
  };
  await writeFile(path.join(dir, 'tm-my-image-model', 'metadata.json'), JSON.stringify(metadata));
  const { report, manifest } = await importModel(
    { description: 'a test', dir },
    {},
    { stagingDir: path.join(dir, 'staging'), samples, measureCost: NO_COST },
  );
  assert.deepEqual(
    [report.format, report.name, report.id],
    ['teachable-machine', 'colours of mine', 'colours-of-mine'],
  );
  assert.deepEqual(
    ['scale', 'mean', 'fit', 'labels', 'activation'].map((field) => decided(report, field)),
    [
      '1/127, said by the model',
      '1, 1, 1, said by the model',
      'crop, said by the model',
      'red, green, blue, said by the model',
      'none, inferred',
    ],
  );
  assert.deepEqual([manifest.input.width, manifest.input.height], [8, 8]);
  assert.deepEqual(best(report), COLOURS);
  assert.deepEqual(report.warnings, []);
  // What TensorFlow.js gives for a red of 204, 51, 51.
  const values = [204, 51, 51].map((value) => Math.exp(3 * (value / 127 - 1)));
  const expected = (values[0] ?? 0) / values.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs((report.samples[0]?.labels[0]?.score ?? 0) - expected) < 1e-5);
});

test('a TensorFlow.js model of any other maker says nothing of itself, and is asked about', async (t) => {
  const dir = await temporaryFolder(t);
  await writeModel(path.join(dir, 'colours'));
  const { report } = await importModel(
    { description: 'a test', dir },
    { labels: COLOURS },
    { stagingDir: path.join(dir, 'staging'), samples, measureCost: NO_COST },
  );
  assert.deepEqual([report.format, report.id], ['tfjs-layers', 'colours']);
  assert.equal(decided(report, 'scale'), '1/127.5, assumed');
  assert.deepEqual(best(report), COLOURS);
});

/** A network for something else than pictures, as the other kinds of Teachable Machine are. */
function headOf(inputShape: number[]): LayersModel {
  const model = sequential();
  // Of one axis there is nothing to flatten.
  model.add(
    inputShape.length > 1 ? layers.flatten({ inputShape }) : layers.dropout({ rate: 0.5, inputShape }),
  );
  model.add(layers.dense({ units: 2, activation: 'softmax' }));
  return model;
}

const otherKinds: [title: string, shape: number[], metadata: unknown, says: RegExp][] = [
  [
    'an audio project',
    [43, 232, 1],
    { tfjsSpeechCommandsVersion: '0.4.0', modelName: 'TMv2', wordLabels: ['Background Noise', 'Clap'] },
    /is made for sound/,
  ],
  ['speech-commands with other spectra', [40, 200, 1], { wordLabels: ['yes', 'no'] }, /is made for sound/],
  ['a sound model without its metadata', [43, 232, 1], undefined, /is made for sound/],
  [
    'a pose project',
    [14739],
    { packageName: '@teachablemachine/pose', labels: ['up', 'down'] },
    /classifies poses/,
  ],
  ['a pose model without its metadata', [14739], undefined, /classifies poses/],
];
for (const [title, shape, metadata, says] of otherKinds) {
  test(`${title} is refused by its name`, async (t) => {
    const dir = await temporaryFolder(t);
    const { json, weights } = await save(headOf(shape));
    await writeFile(path.join(dir, 'model.json'), JSON.stringify(json));
    await writeFile(path.join(dir, 'weights.bin'), weights);
    if (metadata) await writeFile(path.join(dir, 'metadata.json'), JSON.stringify(metadata));
    await assert.rejects(
      importModel({ description: 'a test', dir }, {}, { stagingDir: path.join(dir, 'staging') }),
      (error) =>
        error instanceof ImportError && error.code === 'unsupported_model' && says.test(error.message),
    );
  });
}

test('boxes of the Object Detection API are decoded, whatever their numbers look like', async (t) => {
  const dir = await temporaryFolder(t);
  const node = (name: string, op: string, input: string[] = [], attr: object = {}) => ({
    name,
    op,
    input,
    attr,
  });
  const weights = {
    sides: [1, 48, 4],
    axis: [2],
    begin: [0, 0, 1],
    size: [-1, -1, -1],
  };
  const nodes = [
    ...Object.keys(weights).map((name) => node(name, 'Const')),
    node('image', 'Placeholder', [], {
      dtype: { type: 1 },
      shape: { shape: { dim: [1, 8, 8, 3].map((side) => ({ size: String(side) })) } },
    }),
    node('rows', 'Reshape', ['image', 'sides']),
    node('Postprocessor/ExpandDims_1', 'ExpandDims', ['rows', 'axis']),
    node('scores', 'Sigmoid', ['rows']),
    node('Postprocessor/Slice', 'Slice', ['scores', 'begin', 'size']),
  ];
  const specs = Object.entries(weights).map(([name, { length }]) => ({
    name,
    dtype: 'int32',
    shape: name === 'axis' ? [] : [length],
  }));
  const model = {
    modelTopology: { node: nodes },
    weightsManifest: [{ paths: ['weights.bin'], weights: specs }],
  };
  await writeFile(path.join(dir, 'model.json'), JSON.stringify(model));
  await writeFile(path.join(dir, 'weights.bin'), Int32Array.from(Object.values(weights).flat()));
  const { report } = await importModel(
    { description: 'a test', dir },
    { labels: COLOURS },
    { stagingDir: path.join(dir, 'staging'), samples, measureCost: NO_COST },
  );
  assert.deepEqual(
    ['head', 'boxOrder', 'fit'].map((field) => decided(report, field)),
    ['ssd, said by the model', 'top-left-bottom-right, said by the model', 'stretch, said by the model'],
  );
});
