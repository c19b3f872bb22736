import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import type { ImportOptions } from '../../../protocol/models.ts';
import { graphsOf } from '../../../vision/manifest.ts';
import { fitOf, stepsOf } from '../../../vision/steps.ts';
import { cocoClasses } from '../decide/cocoLabels.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import { best, codes, decided, importBytes, NO_COST } from '../testing/importForTests.ts';
import { IMAGENET, type TrainedAs, temporaryFolder, trainedModel } from '../testing/modelsForTests.ts';
import { importModel } from './importModel.ts';

const COCO = cocoClasses.map(({ label }) => label);
const PLAIN = { channels: 'RGB', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
const [cat, cup] = await samplePictures();
assert.ok(cat && cup);
/** How the shipped network's own pictures were made. */
const AS_SHIPPED: ImportOptions = { fit: 'stretch', resample: 'bilinear', labels: COCO };

const detectors: readonly [gives: TrainedAs['gives'], head: string, fit: string][] = [
  ['ssd', 'ssd', 'stretch'],
  ['yolo-v8', 'yolo-v8', 'letterbox'],
  ['yolo-v5', 'yolo-v5', 'letterbox'],
  ['end-to-end', 'yolo-end-to-end', 'letterbox'],
  ['boxes-scores-classes', 'boxes-scores-classes', 'stretch'],
];
for (const [gives, head, fit] of detectors) {
  test(`a detector with the head ${head} finds the cat where it is, also next to other pictures`, async (t) => {
    const bytes = await trainedModel({ preparation: PLAIN, gives });
    const { report, manifest, stagingDir } = await importBytes(
      t,
      bytes,
      { labels: COCO },
      { samples: [cat] },
    );
    assert.deepEqual(
      [report.task, decided(report, 'head'), fitOf(manifest.input).fit],
      ['object-detection', `${head}, inferred`, fit],
    );
    assert.deepEqual(codes(report), []);
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-5);
    const [thing] = report.samples[0]?.labels ?? [];
    assert.equal(thing?.label, 'cat');
    assert.ok((thing?.score ?? 0) > 0.85 && (thing?.box?.[2] ?? 0) > 0.8 && (thing?.box?.[3] ?? 0) > 0.9);
    await assertBatchesAgree(path.join(stagingDir, graphsOf(manifest).main?.file ?? ''), 300);
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

/** Parts of the photos, each named after what is in it. */
async function namedParts(): Promise<{ name: string; image: Uint8Array }[]> {
  assert.ok(cat && cup);
  const parts = [];
  for (const { name, image } of [cat, cup]) {
    for (const share of [1, 0.97, 0.94, 0.91, 0.88]) {
      const { width = 0, height = 0 } = await sharp(image).metadata();
      const region = {
        left: Math.round((width * (1 - share)) / 2),
        top: Math.round((height * (1 - share)) / 2),
        width: Math.floor(width * share),
        height: Math.floor(height * share),
      };
      parts.push({ name: `${name} ${share}`, image: await sharp(image).extract(region).png().toBuffer() });
    }
  }
  return parts;
}
const parts = await namedParts();

test('a wrong normalisation shows on pictures that are named after labels, and what would put it right', async (t) => {
  const bytes = await trainedModel({ preparation: { ...PLAIN, scale: 1 }, gives: 'softmax' });
  const { report } = await importBytes(t, bytes, AS_SHIPPED, { samples: parts });
  assert.deepEqual(codes(report), ['normalisation']);
  assert.deepEqual(report.warnings[0]?.suggestion, { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  const options = { ...AS_SHIPPED, ...report.warnings[0]?.suggestion };
  const { report: right } = await importBytes(t, bytes, options, { samples: parts });
  assert.deepEqual([codes(right), right.evidence], [[], { kind: 'named pictures', right: 10, of: 10 }]);
  const given = { ...AS_SHIPPED, scale: 1 / 255 };
  assert.deepEqual(codes((await importBytes(t, bytes, given, { samples: parts })).report), []);
});

test('it shows with a detector, too', async (t) => {
  const bytes = await trainedModel({ preparation: { ...PLAIN, scale: 1 }, gives: 'yolo-v8' });
  const { report } = await importBytes(t, bytes, AS_SHIPPED, { samples: parts });
  assert.deepEqual(codes(report), ['normalisation']);
  assert.equal(report.warnings[0]?.suggestion?.scale, 1);
});

test('without pictures that are named after labels nothing is suggested, however unsure the network is', async (t) => {
  const bytes = await trainedModel({ preparation: { ...PLAIN, scale: 1 }, gives: 'softmax' });
  const { report } = await importBytes(t, bytes, AS_SHIPPED);
  assert.deepEqual([codes(report), report.evidence], [[], { kind: 'none' }]);
  const nameless = parts.map(({ image }, at) => ({ name: `IMG_${at}`, image }));
  const { report: other } = await importBytes(t, bytes, AS_SHIPPED, { samples: nameless });
  assert.deepEqual([codes(other), other.evidence], [[], { kind: 'none' }]);
});

test('nothing is suggested against a preparation that is right, whatever it is', async (t) => {
  for (const preparation of [
    PLAIN,
    { ...PLAIN, scale: 1 },
    IMAGENET,
    { ...IMAGENET, channels: 'BGR' as const },
  ]) {
    // Said by a file next to it, so that nothing is given.
    const { channels, scale, mean, std } = preparation;
    const metadata = { 'livelens.manifest': JSON.stringify({ channels, scale, mean, std }) };
    const withMetadata = await trainedModel({ preparation, gives: 'softmax', metadata });
    const { report } = await importBytes(t, withMetadata, AS_SHIPPED, { samples: parts });
    assert.deepEqual([codes(report), report.evidence?.right], [[], 10]);
  }
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
    [['softmax_twice', undefined]],
  );
  const logits = await trainedModel({ preparation: IMAGENET, gives: 'logits' });
  const { report: never } = await importBytes(t, logits, { ...AS_SHIPPED, activation: 'none' }, { samples });
  assert.deepEqual(
    never.warnings.map(({ code, suggestion }) => [code, suggestion]),
    [['logits', undefined]],
  );
  const { report: right } = await importBytes(t, scores, AS_SHIPPED, { samples });
  assert.deepEqual([codes(right), decided(right, 'activation')], [[], 'none, inferred']);
  // What a file says is no person's word: what its values prove is suggested.
  const metadata = { 'livelens.manifest': JSON.stringify({ activation: 'none' }) };
  const wrong = await trainedModel({ preparation: IMAGENET, gives: 'logits', metadata });
  const { report: wrongReport } = await importBytes(t, wrong, AS_SHIPPED, { samples });
  assert.deepEqual(wrongReport.warnings[0]?.suggestion, { activation: 'softmax' });
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

test('the folder of a model that is deployed already gives the same model again', async (t) => {
  const dir = await temporaryFolder(t);
  const shipped = 'models/coco-ssd';
  const { report, manifest } = await importModel(
    { description: 'a test', dir: path.resolve(shipped) },
    {},
    { stagingDir: path.join(dir, 'staging'), samples: [cat], measureCost: NO_COST },
  );
  assert.deepEqual([report.name, manifest.license.file, codes(report)], ['COCO-SSD', 'LICENSE', []]);
  const { input, minScore, task } = JSON.parse(await readFile(`${shipped}/manifest.json`, 'utf8'));
  assert.deepEqual([manifest.task, manifest.minScore], [task, minScore]);
  const { name, width, height } = input;
  assert.deepEqual(manifest.input, { name, width, height, steps: stepsOf(input) });
  assert.deepEqual([report.goldens.recordedBy, report.goldens.sameTop], ['tfjs-wasm 4.22.0', 4]);
  assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);
  await assertBatchesAgree(path.join(dir, 'staging', graphsOf(manifest).main?.file ?? ''), 300);
});
