import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import type { ImportOptions } from '../../../protocol/models.ts';
import { ImportError } from '../importError.ts';
import { OnnxGraph } from '../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import { float32 } from '../onnx/tensor.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import { best, codes, decided, importBytes } from '../testing/importForTests.ts';
import {
  flatClassifier,
  solidPicture,
  temporaryFolder,
  tinyClassifier,
  tinyDetector,
} from '../testing/modelsForTests.ts';
import { importModel } from './importModel.ts';

const [cat] = await samplePictures();
assert.ok(cat);

const COLOURS = ['red', 'green', 'blue'];
const solids = await Promise.all(
  Object.entries({ red: '#c33', green: '#3c3', blue: '#33c' }).map(async ([name, colour]) => ({
    name,
    image: await solidPicture(colour),
  })),
);

/** Named after labels, as many as prove something. */
const namedSolids = ['a', 'b'].flatMap((shade) =>
  solids.map(({ name, image }) => ({ name: `${name} ${shade}`, image })),
);

test('swapped channels show on pictures that are named after labels', async (t) => {
  const bytes = flatClassifier({ weights: 'colours', channels: 'BGR' });
  const options: ImportOptions = { labels: COLOURS, scale: 1 / 255 };
  // Four of six are wrong, which may be chance; with eight of twelve it is none.
  const twice = [...namedSolids, ...namedSolids];
  assert.deepEqual(codes((await importBytes(t, bytes, options, { samples: namedSolids })).report), []);
  const { report } = await importBytes(t, bytes, options, { samples: twice });
  assert.deepEqual(report.evidence, { kind: 'named pictures', right: 4, of: 12 });
  assert.deepEqual(codes(report), ['swapped_channels']);
  assert.deepEqual(report.warnings[0]?.suggestion, { channels: 'BGR' });
  const { report: right } = await importBytes(t, bytes, { ...options, channels: 'BGR' }, { samples: twice });
  assert.deepEqual([best(right), codes(right)], [twice.map(({ name }) => name.split(' ')[0]), []]);
  assert.deepEqual(right.evidence, { kind: 'named pictures', right: 12, of: 12 });
  // A given order is not contradicted.
  const { report: given } = await importBytes(t, bytes, { ...options, channels: 'RGB' }, { samples: twice });
  assert.deepEqual([codes(given), given.evidence], [[], { kind: 'named pictures', right: 4, of: 12 }]);
});

test('a layout that was assumed shows as wrong, and one that was given is left alone', async (t) => {
  const bytes = flatClassifier({ weights: 'channels-last-or-first', shape: ['N', 'a', 'b', 'c'] });
  const options: ImportOptions = { labels: COLOURS, scale: 1 / 255, width: 3, height: 3 };
  const samples = [...namedSolids, ...namedSolids];
  const { report } = await importBytes(t, bytes, options, { samples });
  assert.equal(decided(report, 'layout'), 'NCHW, assumed');
  assert.deepEqual(report.warnings.find(({ code }) => code === 'layout')?.suggestion, { layout: 'NHWC' });
  const { report: right } = await importBytes(t, bytes, { ...options, layout: 'NHWC' }, { samples });
  assert.deepEqual(right.evidence, { kind: 'named pictures', right: 12, of: 12 });
  const { report: given } = await importBytes(t, bytes, { ...options, layout: 'NCHW' }, { samples });
  assert.ok(given.warnings.every(({ suggestion }) => suggestion === undefined));
});

test('a layout of which nothing tells is found by trying', async (t) => {
  const bytes = flatClassifier({ weights: 'channels-last', shape: ['N', 'a', 'b', 'c'] });
  const options: ImportOptions = { labels: COLOURS, scale: 1 / 255, width: 8, height: 8 };
  const { report } = await importBytes(t, bytes, options, { samples: solids });
  assert.deepEqual([decided(report, 'layout'), best(report)], ['NHWC, inferred', COLOURS]);
  await assert.rejects(importBytes(t, bytes, { ...options, layout: 'NCHW' }), /fails on a picture of 8x8/);
});

test('one answer for all pictures shows', async (t) => {
  const { report } = await importBytes(t, flatClassifier({ weights: 'none' }), { labels: COLOURS });
  assert.deepEqual(codes(report), ['flat_answers']);
});

test('labels that do not match the outputs, or are missing, show', async (t) => {
  const few = await importBytes(t, tinyClassifier({ classes: 5 }), { labels: ['a', 'b'] });
  assert.ok(codes(few.report).includes('label_count'));
  assert.equal(few.report.labelCount, 5);
  const background = await importBytes(t, tinyClassifier({ classes: 4 }), { labels: ['a', 'b', 'c'] });
  const warning = background.report.warnings.find(({ code }) => code === 'label_count');
  assert.deepEqual(warning?.suggestion, { labels: ['background', 'a', 'b', 'c'] });
  const none = await importBytes(t, tinyClassifier());
  assert.ok(codes(none.report).includes('no_labels'));
  assert.deepEqual(none.report.firstLabels, ['class 0', 'class 1', 'class 2']);
});

test('an embedding, where one is asked for', async (t) => {
  const { report, manifest } = await importBytes(t, tinyClassifier({ classes: 16 }), {
    task: 'image-embedding',
  });
  assert.equal(manifest.task, 'image-embedding');
  assert.equal(manifest.labels, undefined);
  assert.equal(report.goldens.sameTop, 4);
  assert.ok((report.goldens.largestDifference ?? 1) < 1e-5);
});

test('what Hugging Face puts next to a model is taken', async (t) => {
  const { report, manifest } = await importBytes(
    t,
    tinyClassifier(),
    {},
    {
      files: {
        'config.json': JSON.stringify({
          architectures: ['ViTForImageClassification'],
          id2label: { 2: 'three', 0: 'one', 1: 'two' },
        }),
        'preprocessor_config.json': JSON.stringify({
          do_resize: true,
          size: { shortest_edge: 40 },
          do_center_crop: true,
          crop_size: { height: 32, width: 32 },
          do_rescale: true,
          rescale_factor: 1 / 255,
          do_normalize: true,
          image_mean: [0.5, 0.5, 0.5],
          image_std: [0.25, 0.25, 0.25],
          resample: 3,
        }),
        'README.md': '---\nlanguage: en\nlicense: apache-2.0\n---\n# Shapes\n',
        LICENSE: 'Apache License',
      },
    },
  );
  assert.deepEqual(report.firstLabels, ['one', 'two', 'three']);
  assert.deepEqual(manifest.input.steps, [
    { op: 'resize', shortest: 40, resample: 'bicubic' },
    { op: 'crop', width: 32, height: 32 },
  ]);
  assert.deepEqual(manifest.license, { spdx: 'apache-2.0', file: 'LICENSE' });
  assert.equal(decided(report, 'mean'), '0.5, 0.5, 0.5, said by the model');
  assert.deepEqual(report.evidence, { kind: 'published' });
});

test('what the export script wrote is taken, and its goldens are compared with the graph', async (t) => {
  const options = { labels: ['a', 'b', 'c'], scale: 1 / 255 };
  const { stagingDir, manifest } = await importBytes(t, tinyClassifier(), options, { samples: [cat] });
  const [golden] = manifest.goldens;
  assert.ok(golden);
  const image = await readFile(path.join(stagingDir, golden.image));
  const record = JSON.parse(await readFile(path.join(stagingDir, golden.expected), 'utf8'));
  const bytes = tinyClassifier({
    metadata: {
      'livelens.manifest': JSON.stringify({
        ...options,
        task: 'image-classification',
        mean: [0, 0, 0],
        std: [1, 1, 1],
        fit: 'stretch',
        activation: 'softmax',
        recordedBy: 'torch 2.9.0',
      }),
    },
  });
  const goldens = (scores: number[]) => ({
    'goldens/cat.png': image,
    'goldens/cat.json': JSON.stringify({ recordedBy: 'torch 2.9.0', scores }),
  });
  const { report } = await importBytes(t, bytes, {}, { files: goldens(record.scores) });
  assert.equal(decided(report, 'fit'), 'stretch, said by the model');
  assert.deepEqual(
    [report.goldens.count, report.goldens.recordedBy, report.goldens.sameTop],
    [1, 'torch 2.9.0', 1],
  );
  assert.ok((report.goldens.largestDifference ?? 1) < 1e-5);
  assert.deepEqual(codes(report), []);
  assert.deepEqual(report.evidence, { kind: 'goldens', right: 1, of: 1 });
  const { report: other } = await importBytes(t, bytes, {}, { files: goldens([0.9, 0.05, 0.05]) });
  const refused = other.warnings.find(({ code }) => code === 'normalisation');
  assert.match(
    refused?.message ?? '',
    /^It does not answer as where it was trained: .* the worst is cat\.png: /,
  );
  assert.equal(refused?.sentence?.code, 'goldens_differ');
  assert.match(refused?.details?.join('\n') ?? '', /^cat\.png: score .* recorded for label/);
  // No way of preparing pictures gives what that records.
  assert.ok(other.warnings.every(({ suggestion }) => suggestion === undefined));
  assert.deepEqual(other.evidence, { kind: 'goldens', right: 0, of: 1 });
});

test('goldens of another runtime prove how pictures are prepared', async (t) => {
  const labels = ['a', 'b', 'c'];
  const recorded = await importBytes(
    t,
    tinyClassifier(),
    { labels, scale: 1 / 127.5, mean: [1, 1, 1] },
    { samples: [cat] },
  );
  const [golden] = recorded.manifest.goldens;
  assert.ok(golden);
  const record = JSON.parse(await readFile(path.join(recorded.stagingDir, golden.expected), 'utf8'));
  const files = {
    'goldens/cat.png': await readFile(path.join(recorded.stagingDir, golden.image)),
    'goldens/cat.json': JSON.stringify({ ...record, recordedBy: 'torch 2.9.0' }),
  };
  const { report } = await importBytes(t, tinyClassifier(), { labels }, { files });
  assert.deepEqual(report.evidence, { kind: 'goldens', right: 0, of: 1 });
  const suggestion = report.warnings.find((warning) => warning.suggestion)?.suggestion;
  assert.deepEqual(suggestion, { scale: 1 / 127.5, mean: [1, 1, 1], std: [1, 1, 1] });
  const { report: right } = await importBytes(t, tinyClassifier(), { labels, ...suggestion }, { files });
  assert.deepEqual([codes(right), right.evidence], [[], { kind: 'goldens', right: 1, of: 1 }]);
  // Never against what was given.
  const { report: given } = await importBytes(t, tinyClassifier(), { labels, scale: 1 }, { files });
  assert.ok(given.warnings.every((warning) => warning.suggestion === undefined));
});

test('opsets from 7 to 21: the same answers around the same network', async (t) => {
  const source = onnx.ModelProto.decode(flatClassifier({ weights: 'colours' }));
  for (const version of [7, 9, 11, 12, 13, 18, 21]) {
    source.opsetImport = [{ domain: '', version }] as never;
    const bytes = onnx.ModelProto.encode(source).finish();
    const { report } = await importBytes(t, bytes, { labels: COLOURS, scale: 1 / 255 }, { samples: solids });
    assert.deepEqual([report.opset, best(report)], [version, COLOURS]);
  }
  const detector = onnx.ModelProto.decode(tinyDetector());
  for (const version of [9, 10, 11, 12, 13, 18, 21]) {
    detector.opsetImport = [{ domain: '', version }] as never;
    const bytes = onnx.ModelProto.encode(detector).finish();
    const { report } = await importBytes(t, bytes, { labels: COLOURS, minScore: 0.3 }, { samples: [cat] });
    assert.deepEqual([decided(report, 'head'), report.goldens.sameTop], ['yolo-v8, inferred', 1]);
    assert.ok((report.samples[0]?.labels.length ?? 0) > 2);
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-5);
  }
  detector.opsetImport = [{ domain: '', version: 8 }] as never;
  await assert.rejects(
    importBytes(t, onnx.ModelProto.encode(detector).finish(), { labels: COLOURS }, { samples: [cat] }),
    /opset 8; a detector needs 9/,
  );
});

test('a fixed batch and an input of 16 bits run with one picture', async (t) => {
  for (const bytes of [
    flatClassifier({ weights: 'colours', shape: [4, 3, 8, 8] }),
    flatClassifier({ weights: 'colours', dtype: 'float16' }),
    flatClassifier({ weights: 'colours', shape: [3, 8, 8] }),
  ]) {
    const { report } = await importBytes(t, bytes, { labels: COLOURS, scale: 1 / 255 }, { samples: solids });
    assert.deepEqual(best(report), COLOURS);
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-3);
  }
});

test('values that are called as ours are keep their own meaning', async (t) => {
  const model = onnx.ModelProto.decode(flatClassifier({ weights: 'colours' }));
  const graph = model.graph;
  assert.ok(graph);
  const rename = (name: string) =>
    ({ pixels: 'image', flat: 'livelens/Cast', logits: 'scores' })[name] ?? name;
  for (const node of graph.node ?? []) {
    node.input = node.input?.map(rename) ?? null;
    node.output = node.output?.map(rename) ?? null;
  }
  for (const port of [...(graph.input ?? []), ...(graph.output ?? [])]) port.name = rename(port.name ?? '');
  const bytes = onnx.ModelProto.encode(model).finish();
  const { report } = await importBytes(t, bytes, { labels: COLOURS, scale: 1 / 255 }, { samples: solids });
  assert.deepEqual(best(report), COLOURS);
});

test('outputs of no known kind are named, with what there is to say', async (t) => {
  const bytes = flatClassifier({ weights: 'picture' });
  await assert.rejects(importBytes(t, bytes), (error) => {
    assert.ok(error instanceof ImportError);
    assert.equal(error.code, 'unsupported_model');
    assert.match(error.message, /"logits" float32 \[1, 3, 8, 8\].*--task.*--head/);
    return true;
  });
});

test('several models: it must be said which', async (t) => {
  const dir = await temporaryFolder(t);
  for (const name of ['a.onnx', 'b.onnx']) await writeFile(path.join(dir, name), tinyClassifier());
  await assert.rejects(
    importModel({ description: 'a test', dir }, {}, { stagingDir: path.join(dir, 'staging') }),
    /several models: a\.onnx, b\.onnx/,
  );
});

test('what is no number, and a sample that is no picture, are reported', async (t) => {
  const model = onnx.ModelProto.decode(flatClassifier({ weights: 'colours' }));
  const [, , add] = model.graph?.node ?? [];
  assert.equal(add?.opType, 'Add');
  Object.assign(add, { opType: 'Div', input: ['bias', 'bias'] });
  await assert.rejects(
    importBytes(t, onnx.ModelProto.encode(model).finish(), {}, { samples: solids }),
    /no finite numbers for the sample picture "red"/,
  );
  const broken = [{ name: 'broken', image: new Uint8Array([0xff, 0xd8, 0xff]) }];
  await assert.rejects(importBytes(t, tinyClassifier(), {}, { samples: broken }), (error) => {
    assert.ok(error instanceof ImportError);
    return /sample picture "broken" cannot be read/.test(error.message);
  });
});

test('detections as torchvision gives them: no axis for a batch, pixels, classes from 1', async (t) => {
  const graph = new OnnxGraph();
  const pixels = graph.input({ name: 'image', dtype: 'float32', shape: [3, 8, 8] });
  const nothing = graph.add('Mul', [pixels, graph.constant(float32([1], [0]), 'zero')], {}, 'nothing');
  const all = { axes: { ints: [0, 1, 2] }, keepdims: { int: 0 } };
  const none = graph.add('ReduceMean', [nothing], all, 'none');
  const answer = (name: string, shape: number[], values: number[]) =>
    graph.add('Add', [graph.constant(float32(shape, values), `${name} values`), none], {}, name);
  const boxes = answer('boxes', [3, 4], [2, 1, 6, 7, 0, 0, 8, 8, 0, 0, 1, 1]);
  const scores = answer('scores', [3], [0.9, 0.8, 0.7]);
  const numbers = graph.add('Cast', [answer('numbers', [3], [2, 1, 0])], { to: { int: 7 } }, 'labels');
  graph.output({ name: 'boxes', dtype: 'float32', shape: ['R', 4] }, boxes);
  graph.output({ name: 'labels', dtype: 'int64', shape: ['R'] }, numbers);
  graph.output({ name: 'scores', dtype: 'float32', shape: ['R'] }, scores);
  const { report } = await importBytes(
    t,
    serialiseOnnx(graph, 'torchvision'),
    { labels: COLOURS },
    { samples: [cat] },
  );
  assert.equal(decided(report, 'head'), 'boxes-scores-classes, inferred');
  const [first, second, ...others] = report.samples[0]?.labels ?? [];
  // What has the class of the background, 0, has no name.
  assert.deepEqual(others, []);
  assert.deepEqual([first?.label, first?.box], ['green', [0.25, 0.125, 0.5, 0.75]]);
  assert.deepEqual([second?.label, second?.box], ['red', [0, 0, 1, 1]]);
  assert.ok((report.goldens.largestDifference ?? 1) < 1e-5);
});
