import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { encode } from 'flatbuffers/js/flexbuffers.js';
import { makeZip } from '../../testing/makeZip.ts';
import { receiveFiles } from '../sources/files.ts';
import { readFromZipTail } from '../sources/zip.ts';
import { best, codes, decided, NO_COST } from '../testing/importForTests.ts';
import { solidPicture, temporaryFolder } from '../testing/modelsForTests.ts';
import { floatBytes, intBytes, makeTflite } from '../testing/tfliteForTests.ts';
import { importModel } from './importModel.ts';
import type { RunLiteRt } from './liteRtOf.ts';

const COLOURS = ['red', 'green', 'blue'];
const samples = await Promise.all(
  Object.entries({ red: '#c33', green: '#3c3', blue: '#33c' }).map(async ([name, colour]) => ({
    name,
    image: await solidPicture(colour),
  })),
);

/** Tells how red, green and blue a picture of 8x8 pixels is; it takes uint8 and gives real numbers. */
const colourModel = () =>
  makeTflite(
    [
      { shape: [1, 8, 8, 3], type: 3, scale: [1 / 128], zeroPoint: [128] },
      { shape: [2], type: 2, bytes: intBytes([1, 2]) },
      { shape: [1, 8, 8, 3] },
      { shape: [1, 3] },
      { shape: [3, 3], bytes: floatBytes([3, 0, 0, 0, 3, 0, 0, 0, 3]) },
      { shape: [1, 3] },
      { shape: [1, 3] },
    ],
    [
      { op: 'DEQUANTIZE', inputs: [0], outputs: [2] },
      { op: 'MEAN', inputs: [2, 1], outputs: [3] },
      { op: 'FULLY_CONNECTED', inputs: [3, 4, -1], outputs: [5] },
      { op: 'SOFTMAX', inputs: [5], outputs: [6], options: { 0: { float: 1 } }, optionsType: 9 },
    ],
    [6],
  );

/** What the model says of the bytes that LiteRT.js gets. */
const byMean: RunLiteRt = async ({ shape, inputs }) => {
  assert.deepEqual(shape, [1, 8, 8, 3]);
  return inputs.map((bytes) => {
    const logits = [0, 1, 2].map((channel) => (3 * ((bytes[channel] ?? 0) - 128)) / 128);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    return [logits.map((logit) => Math.exp(logit) / sum)];
  });
};

/** What LiteRT.js gives for every picture; it is not asked. */
const answers =
  (values: readonly number[]): RunLiteRt =>
  async ({ inputs }) =>
    inputs.map(() => [values]);

async function importFile(t: test.TestContext, name: string, bytes: Uint8Array, runLiteRt?: RunLiteRt) {
  const root = await temporaryFolder(t);
  const [given, dir] = [path.join(root, 'given'), path.join(root, 'received')];
  for (const folder of [given, dir]) await mkdir(folder);
  await writeFile(path.join(given, name), bytes);
  await writeFile(path.join(given, 'labels.txt'), COLOURS.map((colour, i) => `${i} ${colour}`).join('\n'));
  const source = await receiveFiles(path.join(given, name), { dir, maxBytes: 1e6 });
  const stagingDir = path.join(root, 'staging');
  const context = { stagingDir, samples, measureCost: NO_COST };
  return importModel(source, {}, runLiteRt ? { ...context, runLiteRt } : context);
}

test('a TensorFlow Lite file of uint8 takes pixels as they are, and its names from the file beside it', async (t) => {
  const { report } = await importFile(t, 'colours.tflite', colourModel(), byMean);
  assert.match(report.goldens.recordedBy ?? '', /^LiteRT\.js \d/);
  assert.deepEqual(codes(report), []);
  // It got pixels as they are prepared here: that proves the network, and not how pictures are prepared.
  assert.equal(report.evidence?.kind, 'published');
  assert.deepEqual([report.format, report.id, report.task], ['tflite', 'colours', 'image-classification']);
  assert.deepEqual(
    ['scale', 'mean', 'activation'].map((field) => decided(report, field)),
    ['1/128, said by the model', '1, 1, 1, said by the model', 'none, inferred'],
  );
  assert.deepEqual(best(report), COLOURS);
  const values = [204, 51, 51].map((value) => Math.exp(3 * (value / 128 - 1)));
  const expected = (values[0] ?? 0) / values.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs((report.samples[0]?.labels[0]?.score ?? 0) - expected) < 1e-5);
});

test('what LiteRT.js answers otherwise, or does not answer, is a warning, and no golden', async (t) => {
  const differs = await importFile(t, 'colours.tflite', colourModel(), answers([0.1, 0.1, 0.8]));
  const fails = await importFile(t, 'colours.tflite', colourModel(), async () => {
    throw new Error('It ended.');
  });
  for (const [{ report }, words] of [
    [differs, /answers otherwise/],
    [fails, /could not run the file/],
  ] as const) {
    assert.deepEqual(codes(report), ['other_runtime']);
    assert.match(report.warnings[0]?.message ?? '', words);
    assert.match(report.goldens.recordedBy ?? '', /^onnxruntime/);
  }
});

test('a bundle of MediaPipe is opened', async (t) => {
  const zip = makeZip([{ name: 'classifier.tflite', content: Buffer.from(colourModel()) }]);
  const { report } = await importFile(t, 'colours.task', zip, answers([0.5, 0.3, 0.2]));
  assert.equal(report.format, 'tflite');
});

test('of label files behind a model the one that is named first is read, wherever it is in the zip', async () => {
  const zip = makeZip([
    { name: 'labels_de.txt', content: 'rot' },
    { name: 'labels.txt', content: 'red' },
    { name: 'labels_fr.txt', content: 'rouge' },
  ]);
  const file = Buffer.concat([colourModel(), zip]);
  const read = async (...names: string[]) => String(await readFromZipTail(file, names));
  assert.equal(
    await read('missing.txt', 'labels.txt', 'labels_de.txt', 'labels_fr.txt', 'labels.txt'),
    'red',
  );
  assert.equal(await read('missing.txt'), 'undefined');
  assert.equal(await readFromZipTail(colourModel(), ['labels.txt']), undefined);
});

test("boxes of TensorFlow Lite's post-processing are decoded, whatever their numbers look like", async (t) => {
  const options = { num_classes: 3, y_scale: 10, x_scale: 10, h_scale: 5, w_scale: 5 };
  const bytes = makeTflite(
    [
      { shape: [1, 8, 8, 3] },
      { shape: [3], type: 2, bytes: intBytes([1, 48, 4]) },
      { shape: [1, 48, 4] },
      { shape: [1, 48, 4] },
      // Far outside of the picture.
      { shape: [48, 4], bytes: floatBytes(Array.from({ length: 192 }, () => 20)) },
      ...[[1, 10, 4], [1, 10], [1, 10], [1]].map((shape) => ({ shape })),
    ],
    [
      { op: 'RESHAPE', inputs: [0, 1], outputs: [2] },
      { op: 'LOGISTIC', inputs: [2], outputs: [3] },
      {
        op: 'TFLite_Detection_PostProcess',
        inputs: [2, 3, 4],
        outputs: [5, 6, 7, 8],
        customOptions: encode(options),
      },
    ],
    [5, 6, 7, 8],
  );
  const { report } = await importFile(t, 'detector.tflite', bytes);
  assert.equal(report.task, 'object-detection');
  assert.equal(decided(report, 'head'), 'ssd, said by the model');
});
