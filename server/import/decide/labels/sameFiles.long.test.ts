import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { packFiles } from '../../../../app/models/modelFiles.ts';
import { makeZip } from '../../../testing/makeZip.ts';
import { importModel } from '../../run/importModel.ts';
import { readReceivedFile, receiveFiles } from '../../sources/files.ts';
import type { SourceFiles } from '../../sources/sourceFiles.ts';
import { decided, NO_COST } from '../../testing/importForTests.ts';
import { save } from '../../testing/layersHarness.ts';
import { flatClassifier, temporaryFolder, tinyClassifier } from '../../testing/modelsForTests.ts';

/**
 * What a person has on the disk, and what is taken of it: the same whether it is chosen in the page, which sends one file
 * or a zip, or given to the command line, as a file, a folder or a zip.
 */

type Files = Readonly<Record<string, string | Uint8Array>>;
interface Row {
  files: Files;
  /** What the command line is given; the folder where absent. */
  file?: string;
  entry?: string;
  labels?: readonly string[];
  /** Of the decision about labels. */
  why?: RegExp;
  warns?: RegExp;
  refused?: RegExp;
}

const RGB = ['red', 'green', 'blue'];
const onnx = flatClassifier({ weights: 'colours' });
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
const tfjs = await (async () => {
  const model = sequential();
  model.add(layers.globalAveragePooling2d({ inputShape: [8, 8, 3] }));
  model.add(layers.dense({ units: 3, activation: 'softmax' }));
  model.setWeights([tf.mul(tf.eye(3), 3), tf.zeros([3])]);
  const { json, weights } = await save(model);
  const manifest = (json as { weightsManifest: { paths: string[] }[] }).weightsManifest;
  for (const group of manifest) group.paths = ['emotion.bin'];
  return { json: JSON.stringify(json), weights: new Uint8Array(weights) };
})();

const ROWS: Readonly<Record<string, Row>> = {
  'a TensorFlow.js model under its own name': {
    files: { 'emotion.json': tfjs.json, 'emotion.bin': tfjs.weights, 'emotion-labels.txt': RGB.join('\n') },
    file: 'emotion.json',
    entry: 'emotion.json',
    labels: RGB,
    why: /^emotion-labels\.txt next to the model/,
  },
  'other JSON next to it is not taken for the model': {
    files: {
      'emotion.json': tfjs.json,
      'emotion.bin': tfjs.weights,
      'class_indices.json': '{"red": 0, "blue": 2, "green": 1}',
      'package.json': '{"name": "x"}',
    },
    file: 'emotion.json',
    entry: 'emotion.json',
    labels: RGB,
    why: /^class_indices\.json/,
  },
  'a label file with another word before "labels"': {
    files: { 'model.onnx': onnx, 'nsfw-labels.txt': '0 red\n1 green\n2 blue\n' },
    file: 'model.onnx',
    labels: RGB,
    why: /^nsfw-labels\.txt next to the model \(numbered lines\)/,
  },
  'a label file in UTF-16': {
    files: { 'a.onnx': onnx, 'labels.txt': utf16('red\r\ngreen\r\nblue\r\n') },
    file: 'a.onnx',
    labels: RGB,
  },
  'labels as JSON': {
    files: { 'a.onnx': onnx, 'labels.json': '["red","green","blue"]' },
    file: 'a.onnx',
    labels: RGB,
  },
  'a label map': {
    files: {
      'a.onnx': onnx,
      'label_map.pbtxt': RGB.map((name, at) => `item { id: ${at + 1} name: '${name}' }`).join('\n'),
    },
    file: 'a.onnx',
    labels: RGB,
    why: /label map, counted from 1/,
  },
  'a data set file': {
    files: { 'a.onnx': onnx, 'data.yaml': 'train: ../train\nnc: 3\nnames: [red, green, blue]\n' },
    file: 'a.onnx',
    labels: RGB,
    why: /^data\.yaml/,
  },
  'of several, the one whose count fits': {
    files: {
      'a.onnx': onnx,
      'classes.txt': 'a\nb',
      'coco.names': RGB.join('\n'),
      'labels.txt': 'x\ny\nz\nw\nv',
    },
    file: 'a.onnx',
    labels: RGB,
    why: /^coco\.names next to the model; classes\.txt next to the model has 2 names, labels\.txt next to the model has 5/,
  },
  'of several, the one with a name for the background': {
    files: { 'a.onnx': onnx, 'classes.txt': 'green\nblue', 'labels.txt': 'background\ngreen\nblue' },
    file: 'a.onnx',
    labels: ['background', 'green', 'blue'],
    why: /^labels\.txt/,
  },
  'two that differ': {
    files: {
      'a.onnx': onnx,
      'a.txt': RGB.join('\n'),
      'config.json': '{"id2label": {"0": "rot", "1": "green", "2": "blue"}}',
    },
    file: 'a.onnx',
    labels: RGB,
    why: /^a\.txt/,
    warns:
      /a\.txt next to the model and "id2label" in config\.json name the outputs differently: output 0 is "red".*"rot"/,
  },
  'two that differ in spelling alone': {
    files: { 'a.onnx': onnx, 'a.txt': RGB.join('\n'), 'labels.txt': 'Red\nGREEN\nblue, azure\n' },
    file: 'a.onnx',
    labels: RGB,
  },
  'a picture called like labels': {
    files: { 'a.onnx': onnx, 'labels.txt': Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\r', 'latin1') },
    file: 'a.onnx',
    labels: ['class 0', 'class 1', 'class 2'],
    warns: /labels\.txt next to the model was ignored: This is a PNG picture/,
  },
  'a folder of a repository, with the graph below': {
    files: {
      'config.json': '{"id2label": {"0": "red", "1": "green", "2": "blue"}}',
      'onnx/model.onnx': onnx,
    },
    entry: 'onnx/model.onnx',
    labels: RGB,
    why: /config\.json/,
  },
  'no model': {
    files: { 'labels.txt': 'a', 'cat.png': 'x' },
    refused: /Expected(:| is) an ONNX file \(\.onnx\), a TensorFlow Lite model \(\.tflite\), or a/,
  },
  'weights alone': { files: { 'w.bin': 'x', 'labels.txt': 'a' }, refused: /add the \.json file/ },
  'a zip among other files': {
    files: { 'a.zip': makeZip([{ name: 'a.onnx', content: 'x' }]), 'labels.txt': 'a' },
    refused: /Give a\.zip alone/,
  },
  'several models': {
    files: { 'a.onnx': onnx, 'b.onnx': onnx },
    refused: /several models: a\.onnx, b\.onnx/,
  },
};

/** The ways in, each to what the importer gets. */
const WAYS: Readonly<Record<string, (row: Row, given: string, dir: string) => Promise<SourceFiles>>> = {
  'the page': async ({ files }, given, dir) => {
    const chosen = Object.entries(files).map(([name, content]) => ({
      path: name,
      file: new File([content as Uint8Array<ArrayBuffer>], path.posix.basename(name)),
    }));
    const sent = await packFiles(chosen);
    const file = path.join(given, 'sent.part');
    await writeFile(file, Buffer.from(await sent.arrayBuffer()));
    return readReceivedFile(file, sent.name, { dir, maxBytes: 1e8 });
  },
  'a file on the command line': async ({ file }, given, dir) =>
    receiveFiles(path.join(given, file ?? ''), { dir, maxBytes: 1e8 }),
  'a folder on the command line': async (_row, given, dir) => receiveFiles(given, { dir, maxBytes: 1e8 }),
  'a zip on the command line': async ({ files }, given, dir) => {
    const zip = path.join(given, '..', 'all.zip');
    const entries = Object.entries(files).map(([name, content]) => ({ name, content }));
    await writeFile(zip, makeZip(entries));
    return receiveFiles(zip, { dir, maxBytes: 1e8 });
  },
};

for (const [title, row] of Object.entries(ROWS)) {
  for (const [way, receive] of Object.entries(WAYS)) {
    if (row.file === undefined && way === 'a file on the command line') continue;
    test(`${title}: ${way}`, async (t: TestContext) => {
      const root = await temporaryFolder(t);
      const given = path.join(root, 'given');
      const dir = path.join(root, 'received');
      for (const folder of [given, dir]) await mkdir(folder);
      for (const [name, content] of Object.entries(row.files)) {
        await mkdir(path.dirname(path.join(given, name)), { recursive: true });
        await writeFile(path.join(given, name), content);
      }
      if (row.refused) {
        await assert.rejects(receive(row, given, dir), row.refused);
        return;
      }
      const source = await receive(row, given, dir);
      if (row.entry) assert.equal(source.entry, row.entry);
      const { report } = await importModel(
        source,
        {},
        { stagingDir: path.join(root, 'staging'), measureCost: NO_COST },
      );
      assert.deepEqual(report.firstLabels, row.labels);
      const decision = report.decisions.find(({ field }) => field === 'labels');
      if (row.why) assert.match(decision?.why ?? '', row.why);
      const warned = report.warnings.filter(({ code }) => code === 'labels').map(({ message }) => message);
      if (row.warns) assert.match(warned.join('\n'), row.warns);
      else assert.deepEqual(warned, []);
    });
  }
}

test('what is called like another model of the folder is not taken', async (t) => {
  const root = await temporaryFolder(t);
  await mkdir(path.join(root, 'received'));
  for (const [name, content] of Object.entries({
    'a.onnx': tinyClassifier({ classes: 2 }),
    'b.onnx': tinyClassifier({ classes: 2 }),
    'b-labels.txt': 'fox\nhen',
    'b.txt': 'fox\nhen',
  })) {
    await writeFile(path.join(root, name), content);
  }
  const source = await receiveFiles(path.join(root, 'a.onnx'), {
    dir: path.join(root, 'received'),
    maxBytes: 1e8,
  });
  const { report } = await importModel(
    source,
    {},
    { stagingDir: path.join(root, 'staging'), measureCost: NO_COST },
  );
  assert.equal(decided(report, 'labels'), 'class 0, class 1, assumed');
});
