import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import onnxProto from 'onnx-proto';
import * as ort from 'onnxruntime-node';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { cocoClasses } from './cocoLabels.ts';
import { ImportError } from './importError.ts';
import { type ImportContext, type Imported, importModel } from './importModel.ts';
import {
  flatClassifier,
  IMAGENET,
  solidPicture,
  type TrainedAs,
  temporaryFolder,
  tinyClassifier,
  trainedModel,
} from './modelsForTests.ts';
import { samplePictures } from './samplePictures.ts';

const { onnx } = onnxProto;
const COCO = cocoClasses.map(({ label }) => label);
const PLAIN = { channels: 'RGB', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
const [cat, cup] = await samplePictures();
assert.ok(cat && cup);
/** How the shipped network's own pictures were made. */
const AS_SHIPPED: ImportOptions = { fit: 'stretch', resample: 'bilinear', labels: COCO };

async function importBytes(
  t: test.TestContext,
  bytes: Uint8Array,
  options: ImportOptions = {},
  {
    files = {},
    samples,
  }: { files?: Record<string, string | Uint8Array>; samples?: ImportContext['samples'] } = {},
): Promise<Imported & { stagingDir: string }> {
  const dir = await temporaryFolder(t);
  await writeFile(path.join(dir, 'model.onnx'), bytes);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), content);
  }
  const stagingDir = path.join(dir, 'staging');
  const imported = await importModel({ description: 'a test', dir }, options, {
    stagingDir,
    ...(samples ? { samples } : {}),
  });
  return { ...imported, stagingDir };
}

const decided = ({ decisions }: ImportReport, field: string) => {
  const found = decisions.find((decision) => decision.field === field);
  return found && `${found.value}, ${found.how}`;
};
const codes = ({ warnings }: ImportReport) => warnings.map(({ code }) => code);
const best = ({ samples }: ImportReport) => samples.map(({ labels }) => labels[0]?.label);

const detectors: readonly [gives: TrainedAs['gives'], head: string, fit: string][] = [
  ['ssd', 'ssd', 'stretch'],
  ['yolo-v8', 'yolo-v8', 'letterbox'],
  ['yolo-v5', 'yolo-v5', 'letterbox'],
  ['end-to-end', 'yolo-end-to-end', 'letterbox'],
  ['boxes-scores-classes', 'boxes-scores-classes', 'stretch'],
];
for (const [gives, head, fit] of detectors) {
  test(`a detector with the head ${head} finds the cat where it is, also beside other pictures`, async (t) => {
    const bytes = await trainedModel({ preparation: PLAIN, gives });
    const { report, manifest, stagingDir } = await importBytes(
      t,
      bytes,
      { labels: COCO },
      { samples: [cat] },
    );
    assert.deepEqual(
      [report.task, decided(report, 'head'), manifest.input.fit],
      ['object-detection', `${head}, inferred`, fit],
    );
    assert.deepEqual(codes(report), []);
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-5);
    const [thing] = report.samples[0]?.labels ?? [];
    assert.equal(thing?.label, 'cat');
    assert.ok((thing?.score ?? 0) > 0.85 && (thing?.box?.[2] ?? 0) > 0.8 && (thing?.box?.[3] ?? 0) > 0.9);
    await assertBatchesAgree(path.join(stagingDir, manifest.graph.file), 300);
  });
}

/** Each picture of a batch gets what it gets alone. */
async function assertBatchesAgree(file: string, side: number): Promise<void> {
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1 });
  const area = side * side * 3;
  const pictures = [0, 1, 2, 3, 4].map((k) =>
    Uint8Array.from({ length: area }, (_, i) => (i * (k + 3) * 7) % 256),
  );
  const run = (batch: Uint8Array[]) =>
    session.run({ image: new ort.Tensor('uint8', Buffer.concat(batch), [batch.length, side, side, 3]) });
  const alone = await Promise.all(pictures.map((picture) => run([picture])));
  for (const count of [2, 5]) {
    const together = await run(pictures.slice(0, count));
    for (const [name, tensor] of Object.entries(together)) {
      if (name === 'images') continue;
      const expected = alone
        .slice(0, count)
        .flatMap((one) => Array.from(one[name]?.data as ArrayLike<number>));
      const found = Array.from(tensor.data as ArrayLike<number>);
      assert.equal(found.length, expected.length, name);
      for (const [i, value] of found.entries()) assert.ok(Math.abs(value - (expected[i] ?? 9)) < 1e-4, name);
    }
  }
}

test('a classifier that really learned says what it saw, with nothing to warn of', async (t) => {
  const bytes = await trainedModel({ preparation: IMAGENET, gives: 'logits' });
  const { report, manifest } = await importBytes(t, bytes, AS_SHIPPED);
  assert.deepEqual(best(report).slice(0, 3), ['cat', 'cup', 'person']);
  assert.deepEqual(codes(report), []);
  assert.equal(decided(report, 'activation'), 'softmax, inferred');
  assert.equal(manifest.multiLabel, undefined);
});

test('missing normalisation shows, and what would put it right', async (t) => {
  const bytes = await trainedModel({ preparation: { ...PLAIN, scale: 1 }, gives: 'softmax' });
  const { report } = await importBytes(t, bytes, AS_SHIPPED);
  assert.deepEqual(codes(report), ['normalisation']);
  assert.deepEqual(report.warnings[0]?.suggestion, { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  const { report: right } = await importBytes(t, bytes, { ...AS_SHIPPED, ...report.warnings[0]?.suggestion });
  assert.deepEqual(codes(right), []);
  assert.deepEqual(best(right).slice(0, 2), ['cat', 'cup']);
});

test('missing normalisation shows with a detector, too', async (t) => {
  const bytes = await trainedModel({ preparation: { ...PLAIN, scale: 1 }, gives: 'yolo-v8' });
  const { report } = await importBytes(t, bytes, AS_SHIPPED, { samples: [cat, cup] });
  assert.deepEqual(codes(report), ['normalisation']);
  assert.equal(report.warnings[0]?.suggestion?.scale, 1);
});

const COLOURS = ['red', 'green', 'blue'];
const solids = await Promise.all(
  Object.entries({ red: '#c33', green: '#3c3', blue: '#33c' }).map(async ([name, colour]) => ({
    name,
    image: await solidPicture(colour),
  })),
);

test('swapped channels show on pictures that are named after labels', async (t) => {
  const bytes = flatClassifier({ weights: 'colours', channels: 'BGR' });
  const options: ImportOptions = { labels: COLOURS, scale: 1 / 255 };
  const { report } = await importBytes(t, bytes, options, { samples: solids });
  assert.deepEqual(codes(report), ['swapped_channels']);
  assert.deepEqual(report.warnings[0]?.suggestion, { channels: 'BGR' });
  const { report: right } = await importBytes(t, bytes, { ...options, channels: 'BGR' }, { samples: solids });
  assert.deepEqual([best(right), codes(right)], [COLOURS, []]);
});

test('a wrong layout shows where the graph takes both', async (t) => {
  const bytes = flatClassifier({ weights: 'colours', shape: ['N', 'a', 'b', 'c'] });
  const options: ImportOptions = { labels: COLOURS, scale: 1 / 255, width: 8, height: 8 };
  const { report } = await importBytes(t, bytes, { ...options, layout: 'NHWC' }, { samples: solids });
  assert.deepEqual(report.warnings.find(({ code }) => code === 'layout')?.suggestion, { layout: 'NCHW' });
  const { report: right } = await importBytes(t, bytes, options, { samples: solids });
  assert.deepEqual([best(right), codes(right)], [COLOURS, []]);
});

test('one answer for all pictures shows', async (t) => {
  const { report } = await importBytes(t, flatClassifier({ weights: 'none' }), { labels: COLOURS });
  assert.deepEqual(codes(report), ['flat_answers']);
});

test('softmax twice and logits as scores show', async (t) => {
  const samples = [cat];
  const scores = await trainedModel({ preparation: IMAGENET, gives: 'softmax' });
  const { report: twice } = await importBytes(
    t,
    scores,
    { ...AS_SHIPPED, activation: 'softmax' },
    { samples },
  );
  assert.deepEqual(
    twice.warnings.map(({ code, suggestion }) => [code, suggestion]),
    [['softmax_twice', { activation: 'none' }]],
  );
  const logits = await trainedModel({ preparation: IMAGENET, gives: 'logits' });
  const { report: never } = await importBytes(t, logits, { ...AS_SHIPPED, activation: 'none' }, { samples });
  assert.deepEqual(
    never.warnings.map(({ code, suggestion }) => [code, suggestion]),
    [['logits', { activation: 'softmax' }]],
  );
  const { report: right } = await importBytes(t, scores, AS_SHIPPED, { samples });
  assert.deepEqual([codes(right), decided(right, 'activation')], [[], 'none, inferred']);
});

test('several labels at once: a graph that ends with sigmoid', async (t) => {
  const bytes = await trainedModel({ preparation: IMAGENET, gives: 'sigmoid' });
  const { report, manifest } = await importBytes(t, bytes, AS_SHIPPED, { samples: [cup] });
  assert.equal(manifest.multiLabel, true);
  assert.deepEqual(
    report.samples[0]?.labels.slice(0, 2).map(({ label }) => label),
    ['cup', 'dining table'],
  );
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

test('what Ultralytics writes into a model is taken', async (t) => {
  const names = `{${COCO.map((label, i) => `${i}: '${label === 'cat' ? "cat\\'s self" : label}'`).join(', ')}}`;
  const metadata = {
    task: 'detect',
    names,
    imgsz: '[300, 300]',
    stride: '32',
    license: 'AGPL-3.0 (https://x)',
  };
  const bytes = await trainedModel({ preparation: PLAIN, gives: 'yolo-v8', metadata });
  const { report } = await importBytes(t, bytes, {}, { samples: [cat] });
  assert.deepEqual(best(report), ["cat's self"]);
  assert.deepEqual(
    ['task', 'labels', 'fit', 'scale', 'license'].map((field) => decided(report, field)),
    [
      'object-detection, said by the model',
      '80: person, bicycle, car, …, said by the model',
      'letterbox, said by the model',
      '1/255, said by the model',
      'AGPL-3.0, said by the model',
    ],
  );
});

test('what Hugging Face puts beside a model is taken', async (t) => {
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
  assert.deepEqual(
    [manifest.input.fit, manifest.input.crop, manifest.input.resample],
    ['crop', 0.8, 'antialiased'],
  );
  assert.deepEqual(manifest.license, { spdx: 'apache-2.0', file: 'LICENSE' });
  assert.equal(decided(report, 'mean'), '0.5, 0.5, 0.5, said by the model');
});

test('what the export script wrote is taken, and its goldens are held against the graph', async (t) => {
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
  const { report: other } = await importBytes(t, bytes, {}, { files: goldens([0.9, 0.05, 0.05]) });
  assert.match(other.warnings.find(({ code }) => code === 'normalisation')?.message ?? '', /golden "cat"/);
});

test('opsets from 7 to 21: the same answers around the same network', async (t) => {
  const source = onnx.ModelProto.decode(flatClassifier({ weights: 'colours' }));
  for (const version of [7, 9, 11, 12, 13, 18, 21]) {
    source.opsetImport = [{ domain: '', version }] as never;
    const bytes = onnx.ModelProto.encode(source).finish();
    const { report } = await importBytes(t, bytes, { labels: COLOURS, scale: 1 / 255 }, { samples: solids });
    assert.deepEqual([report.opset, best(report)], [version, COLOURS]);
  }
  for (const opset of [11, 12, 17, 18, 21]) {
    const bytes = await trainedModel({ preparation: PLAIN, gives: 'yolo-v8', opset });
    const { report } = await importBytes(t, bytes, { labels: COCO }, { samples: [cat] });
    assert.deepEqual([report.opset, best(report)], [opset, ['cat']]);
  }
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
