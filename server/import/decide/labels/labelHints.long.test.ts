import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { mkdir, writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { importModel } from '../../run/importModel.ts';
import { decided, importBytes, NO_COST } from '../../testing/importForTests.ts';
import { save } from '../../testing/layersHarness.ts';
import {
  flatClassifier,
  solidPicture,
  temporaryFolder,
  tinyClassifier,
  tinyDetector,
} from '../../testing/modelsForTests.ts';

const onnx = flatClassifier({ weights: 'colours' });
const samples = [{ name: 'white', image: await solidPicture('white') }];
const warningsOf = (report: { warnings: readonly { code: string; message: string }[] }) =>
  report.warnings.filter(({ code }) => code === 'labels').map(({ message }) => message);
const config = (fields: object) => ({ files: { 'config.json': JSON.stringify(fields) }, samples });
const NAMES = { '0': 'red', '1': 'green', '2': 'blue' };
const ARCHITECTURE = { architectures: ['ViTForImageClassification'] };

test('a classifier of several labels at once, as transformers trains it: each score stands for itself', async (t) => {
  const dir = fileURLToPath(new URL('../../fixtures/c1-hf-multilabel', import.meta.url));
  const { report } = await importModel(
    { description: 'a test', dir },
    {},
    { stagingDir: path.join(await temporaryFolder(t), 'staging'), samples, measureCost: NO_COST },
  );
  assert.equal(decided(report, 'activation'), 'sigmoid, said by the model');
  assert.equal(decided(report, 'multiLabel'), 'yes, said by the model');
  const labels = report.samples[0]?.labels ?? [];
  assert.deepEqual(labels.map(({ label }) => label).sort(), ['blue', 'green', 'red']);
  // The sigmoid of the 4 that it gives for white.
  for (const { score } of labels) assert.ok(Math.abs(score - 0.982) < 0.001, `${score}`);
});

test('problem_type: one label, quantities, and a word that is not known', async (t) => {
  const single = await importBytes(
    t,
    onnx,
    {},
    config({ ...ARCHITECTURE, problem_type: 'single_label_classification', id2label: NAMES }),
  );
  assert.equal(decided(single.report, 'activation'), 'softmax, said by the model');
  const quantity = config({ ...ARCHITECTURE, problem_type: 'regression', num_labels: 1 });
  await assert.rejects(importBytes(t, onnx, {}, quantity), /"problem_type": "regression".*--activation/);
  const asked = await importBytes(t, onnx, { activation: 'sigmoid' }, quantity);
  assert.equal(decided(asked.report, 'activation'), 'sigmoid, given');
  const unknown = await importBytes(t, onnx, {}, config({ problem_type: 'ranking', id2label: NAMES }));
  assert.match(warningsOf(unknown.report).join(), /"problem_type" in config.json was ignored.*got "ranking"/);
  assert.deepEqual(unknown.report.firstLabels, ['red', 'green', 'blue']);
});

test('a field of another type is named, and the rest of config.json is read', async (t) => {
  const { report } = await importBytes(
    t,
    onnx,
    {},
    config({
      architectures: 'ViT',
      id2label: ['a'],
      label2id: { red: 0, green: '1', blue: 2 },
      num_labels: 4,
    }),
  );
  assert.deepEqual(report.firstLabels, ['red', 'green', 'blue']);
  assert.match(decisionOf(report, 'labels'), /"label2id" in config.json/);
  const messages = warningsOf(report).join('\n');
  assert.match(
    messages,
    /"architectures" in config\.json was ignored: a list of names was expected, got "ViT"/,
  );
  assert.match(messages, /"id2label" in config\.json was ignored/);
  assert.match(messages, /says that there are 4 outputs, and names 3/);
});

test('a config.json that is not valid JSON gets one warning; NaN, which Python writes, ends nothing', async (t) => {
  const broken = await importBytes(t, onnx, {}, { files: { 'config.json': '{' }, samples });
  const warned = broken.report.warnings.filter(({ message }) => /config\.json/.test(message));
  assert.deepEqual(
    warned.map(({ code }) => code),
    ['labels'],
  );
  assert.match(warned[0]?.message ?? '', /^config\.json is not valid JSON and is ignored/);
  const text = JSON.stringify({ id2label: NAMES, initializer_range: 0 }).replace(/0}$/, 'NaN}');
  const { report } = await importBytes(t, onnx, {}, { files: { 'config.json': text }, samples });
  assert.deepEqual(report.firstLabels, ['red', 'green', 'blue']);
});

const decisionOf = (report: { decisions: readonly { field: string; why: string }[] }, field: string) =>
  report.decisions.find((decision) => decision.field === field)?.why ?? '';

const CONFIGS: Readonly<Record<string, { fields: object; labels: readonly string[] }>> = {
  'numbers as names of keys': { fields: { id2label: NAMES }, labels: ['red', 'green', 'blue'] },
  'outputs that are not named': {
    fields: {
      id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' },
      label2id: { LABEL_0: 0, LABEL_1: 1, LABEL_2: 2 },
    },
    labels: ['class 0', 'class 1', 'class 2'],
  },
  'only label2id is filled in': {
    fields: {
      id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' },
      label2id: { red: 0, blue: 2, green: 1 },
    },
    labels: ['red', 'green', 'blue'],
  },
  'a number without a name': {
    fields: { id2label: { 0: 'red', 2: 'blue' } },
    labels: ['red', 'class 1', 'blue'],
  },
  'timm, with descriptions': {
    fields: {
      num_classes: 3,
      label_names: ['n1', 'n2', 'n3'],
      label_descriptions: { n1: 'red', n2: 'green', n3: 'blue' },
    },
    labels: ['red', 'green', 'blue'],
  },
  'timm, below pretrained_cfg': {
    fields: { architecture: 'resnet18', pretrained_cfg: { label_names: ['red', 'green', 'blue'] } },
    labels: ['red', 'green', 'blue'],
  },
  'timm, as it was before': {
    fields: { labels: ['red', 'green', 'blue'] },
    labels: ['red', 'green', 'blue'],
  },
};
for (const [title, { fields, labels }] of Object.entries(CONFIGS)) {
  test(`config.json: ${title}`, async (t) => {
    const { report } = await importBytes(t, onnx, {}, config(fields));
    assert.deepEqual(report.firstLabels, labels);
  });
}

const METADATA: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Python dict': { names: `{0: 'hard hat', 1: "chef's", 2: 'caf\\xe9 \\u9ce5'}` },
  'JSON by number': { names: '{"0": "hard hat", "1": "chef\'s", "2": "café 鳥"}' },
  'JSON list': { names: '["hard hat", "chef\'s", "caf\\u00e9 鳥"]' },
  'Python list': { classes: `['hard hat', "chef's", 'café 鳥']` },
  YAML: { names: "0: hard hat\n1: chef's\n2: café 鳥" },
  'YAML in braces': { names: "{0: hard hat, 1: chef's, 2: café 鳥}" },
  commas: { labels: "hard hat,chef's,café 鳥" },
  lines: { class_names: "hard hat\nchef's\ncafé 鳥\n" },
  'another spelling of the key': { 'Class Names': '["hard hat", "chef\'s", "café 鳥"]' },
  'label2id of transformers': { label2id: '{"hard hat": 0, "café 鳥": 2, "chef\'s": 1}' },
  'MMDetection dataset_meta': {
    dataset_meta: '{"CLASSES": ["hard hat", "chef\'s", "café 鳥"], "PALETTE": []}',
  },
};
for (const [title, metadata] of Object.entries(METADATA)) {
  test(`names in metadata: ${title}`, async (t) => {
    const { report } = await importBytes(t, tinyClassifier({ classes: 3, metadata }), {}, { samples });
    assert.deepEqual(report.firstLabels, ['hard hat', "chef's", 'café 鳥']);
    assert.match(decisionOf(report, 'labels'), /in the metadata of the model/);
    assert.deepEqual(warningsOf(report), []);
    // Names alone do not make it Ultralytics'.
    assert.equal(decided(report, 'scale'), '1/255, assumed');
  });
}

test('metadata that holds no names says nothing; names that cannot be read get a warning', async (t) => {
  const word = await importBytes(
    t,
    tinyClassifier({ classes: 3, metadata: { classes: 'coco' } }),
    {},
    { samples },
  );
  assert.deepEqual(warningsOf(word.report), []);
  const broken = tinyClassifier({ classes: 3, metadata: { names: "{0: 'a', 1: " } });
  assert.match(
    warningsOf((await importBytes(t, broken, {}, { samples })).report).join(),
    /"names" in the metadata .* was ignored/,
  );
});

test("Ultralytics' metadata.yaml next to a TensorFlow.js model says what its ONNX file would", async (t) => {
  const dir = path.join(await temporaryFolder(t), 'best_web_model');
  await mkdir(dir);
  const model = sequential();
  model.add(layers.globalAveragePooling2d({ inputShape: [8, 8, 3] }));
  model.add(layers.dense({ units: 3, activation: 'softmax' }));
  model.setWeights([tf.mul(tf.eye(3), 3), tf.zeros([3])]);
  const { json, weights } = await save(model);
  await writeFile(path.join(dir, 'model.json'), JSON.stringify(json));
  await writeFile(path.join(dir, 'weights.bin'), weights);
  const yaml = [
    'description: Ultralytics YOLOv8n-cls model',
    'author: Ultralytics',
    "date: '2024-01-22T10:00:00'",
    'version: 8.1.0',
    'license: AGPL-3.0 License (https://ultralytics.com/license)',
    'stride: 1',
    'task: classify',
    'imgsz:',
    '- 8',
    '- 8',
    'names:',
    '  0: helmet',
    "  1: 'no'",
    '  2: vest',
  ];
  await writeFile(path.join(dir, 'metadata.yaml'), yaml.join('\n'));
  const stagingDir = path.join(dir, '..', 'staging');
  const { report } = await importModel(
    { description: 'a test', dir },
    {},
    { stagingDir, samples, measureCost: NO_COST },
  );
  assert.deepEqual(report.firstLabels, ['helmet', 'no', 'vest']);
  assert.match(decisionOf(report, 'labels'), /^metadata\.yaml next to the model/);
  assert.deepEqual(
    ['task', 'scale', 'fit', 'license'].map((field) => decided(report, field)),
    [
      'image-classification, said by the model',
      '1/255, said by the model',
      'crop, said by the model',
      'AGPL-3.0, said by the model',
    ],
  );
  assert.deepEqual(warningsOf(report), []);
});

test('holes of a label file are numbers, and labels that were given go before all', async (t) => {
  const files = { 'labels.txt': '???\ncat\nN/A\n' };
  const holes = await importBytes(t, tinyDetector(), {}, { files, samples });
  assert.deepEqual(holes.report.firstLabels, ['class 0', 'cat', 'class 2']);
  const given = await importBytes(
    t,
    tinyDetector(),
    { labels: ['a', 'b', 'c'] },
    { files: { 'labels.txt': 'x\nx\ny' }, samples },
  );
  assert.equal(decided(given.report, 'labels'), 'a, b, c, given');
  assert.deepEqual(warningsOf(given.report), []);
});
