import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { ImportError } from '../importError.ts';
import { receiveSource } from '../sources/receive.ts';
import { unzip } from '../sources/zip.ts';
import { best, decided, NO_COST } from '../testing/importForTests.ts';
import { solidPicture, temporaryFolder } from '../testing/modelsForTests.ts';
import { type Imported, importModel } from './importModel.ts';

/*
 * Models as exporters write them, which an import once read wrongly without a word. Each comes as the command line takes
 * it, from a file or folder without flags, and answers rightly or is refused by the name of what it is.
 */

const COLOURS = ['red', 'lime', 'blue'];
const samples = [
  ...(await Promise.all(
    [...COLOURS, 'black', 'white'].map(async (name) => ({ name, image: await solidPicture(name) })),
  )),
  {
    name: 'wide',
    image: await sharp({ create: { width: 400, height: 200, channels: 3, background: 'grey' } })
      .png()
      .toBuffer(),
  },
];

/** What lies in the zip of a case, unpacked; `given` is a path below it. */
async function unpacked(t: TestContext, name: string, given = ''): Promise<string> {
  const dir = await temporaryFolder(t);
  const zip = path.join(import.meta.dirname, '../fixtures/cases', `${name}.zip`);
  const folder = path.join(dir, name);
  await mkdir(folder);
  await unzip(zip, folder, { maxBytes: 1e7 });
  return path.join(folder, given);
}

async function importFrom(
  t: TestContext,
  given: string,
  options: ImportOptions = {},
): Promise<Imported & { stagingDir: string }> {
  const dir = await temporaryFolder(t);
  const source = await receiveSource(given, {
    dir,
    maxBytes: 1e7,
    allowFiles: true,
    allowPrivate: true,
    hub: { endpoint: 'http://127.0.0.1:9' },
  });
  const stagingDir = await temporaryFolder(t);
  const imported = await importModel(source, options, { stagingDir, samples, measureCost: NO_COST });
  return { ...imported, stagingDir };
}

/** What the import says of a picture: label, score and box. */
const saysOf = ({ samples: answers }: ImportReport, picture: string) =>
  answers
    .find(({ name }) => name === picture)
    ?.labels.map(({ label, score, box }) => [
      label,
      score.toFixed(2),
      ...(box?.map((side) => side.toFixed(2)) ?? []),
    ]);

const BOX = ['0.10', '0.20', '0.40', '0.40'];
/** The same box of a letterboxed input, for a picture twice as wide as high: it begins in the padding, and is cut. */
const WIDE = ['0.10', '0.00', '0.40', '0.70'];

const detectors: readonly {
  name: string;
  given?: string;
  head: string;
  /** Label, score, left, top, width and height. */
  says: readonly string[];
  wide?: readonly string[];
  /** How often the model itself gives it. */
  times?: number;
}[] = [
  {
    name: 'd1-yolo26-one-class',
    given: 'd1-yolo26-one-class.onnx',
    head: 'yolo-end-to-end',
    says: ['face', '0.90', ...BOX],
    wide: WIDE,
  },
  { name: 'd3-torchvision', head: 'boxes-scores-classes', says: ['dog', '0.90', ...BOX] },
  { name: 'd4-ssd-qqq', head: 'ssd', says: ['cat', '0.90', ...BOX] },
  {
    name: 'd8b-names-json',
    given: 'd8b-names-json.onnx',
    head: 'yolo-v5',
    says: ['vest', '0.90', ...BOX],
    wide: WIDE,
  },
  {
    name: 'd14-yolov8-half',
    given: 'd14-yolov8-half.onnx',
    head: 'yolo-v8',
    says: ['vest', '0.95', ...BOX],
    wide: WIDE,
  },
  {
    name: 'd16-yolov8-one-class',
    given: 'd16-yolov8-one-class.onnx',
    head: 'yolo-v8',
    says: ['face', '0.95', ...BOX],
    wide: WIDE,
  },
  {
    name: 'd17-mmdeploy',
    given: 'd17-mmdeploy.onnx',
    head: 'boxes-scores-classes',
    says: ['dog', '0.90', ...BOX],
  },
  {
    name: 'd18b-tflite-pp',
    given: 'd18b-tflite-pp.onnx',
    head: 'boxes-scores-classes',
    says: ['dog', '0.90', ...BOX],
  },
  { name: 'd21-hf-rtdetr', head: 'detr', says: ['dog', '0.95', '0.10', '0.10', '0.50', '0.60'] },
  {
    name: 'runs',
    given: 'cats/weights/best.onnx',
    head: 'yolo-v5',
    says: ['vest', '0.90', ...BOX],
    wide: WIDE,
  },
  {
    name: 'runs',
    given: 'dogs/weights/best.onnx',
    head: 'yolo-v8',
    says: ['face', '0.95', ...BOX],
    wide: WIDE,
  },
  { name: 't7-yolov8-tfjs', head: 'yolo-v8', says: ['vest', '0.95', ...BOX], wide: WIDE },
  { name: 'x-cv-3', head: 'boxes-scores-classes', says: ['vest', '0.90', ...BOX], times: 3 },
  { name: 'x-effdet-lite-tflite', head: 'boxes-scores-classes', says: ['vest', '0.90', ...BOX] },
  { name: 'x-rtdetr-ultra', head: 'detr', says: ['bicycle', '0.90', ...BOX] },
  { name: 'x-tfod2-raw', head: 'boxes-scores-classes', says: ['vest', '0.90', ...BOX] },
];
for (const { name, given, head, says, wide = says, times = 1 } of detectors) {
  test(`${name}${given ? `, ${given}` : ''}: ${says.join(' ')}`, async (t) => {
    const { report } = await importFrom(t, await unpacked(t, name, given));
    assert.equal(decided(report, 'head'), `${head}, inferred`);
    assert.deepEqual(
      saysOf(report, 'black'),
      Array.from({ length: times }, () => says),
    );
    assert.deepEqual(saysOf(report, 'wide')?.[0], wide === says ? says : [...says.slice(0, 2), ...wide]);
  });
}

const classifiers: readonly { name: string; given?: string }[] = [
  { name: 'c4-custom-vision', given: 'c4-custom-vision.onnx' },
  { name: 'c6-labels-numbered' },
  { name: 'c7-labels-json' },
  { name: 'c8-labels-utf16' },
  { name: 't1-keras3-sequential' },
  { name: 't1-keras3-sequential', given: 'model.json' },
];
for (const { name, given } of classifiers) {
  test(`${name}${given ? `, ${given}` : ''}: red, green, blue`, async (t) => {
    const { report } = await importFrom(t, await unpacked(t, name, given));
    assert.deepEqual(report.firstLabels, ['red', 'green', 'blue']);
    assert.deepEqual(best(report).slice(0, 3), ['red', 'green', 'blue']);
    assert.ok((report.samples[0]?.labels[0]?.score ?? 0) > 0.99);
  });
}

test('c4-custom-vision: the tensor behind the map, and order and range of its metadata', async (t) => {
  const { report } = await importFrom(t, await unpacked(t, 'c4-custom-vision'));
  assert.equal(decided(report, 'channels'), 'BGR, said by the model');
  assert.equal(decided(report, 'scale'), '1, said by the model');
  assert.ok(
    report.warnings.some(({ message }) => /the tensor "prob" that it was made of is read/.test(message)),
  );
});

const refused: readonly [name: string, given: string, says: RegExp][] = [
  ['d22-rf-detr', '', /resembles an RF-DETR.*4 columns, there are 3 labels.*model\.export\(\)/],
  ['t4-tm-audio', '', /is made for sound/],
];
for (const [name, given, says] of refused) {
  test(`${name} is refused by name`, async (t) => {
    await assert.rejects(importFrom(t, await unpacked(t, name, given)), (error) => {
      assert.ok(error instanceof ImportError);
      assert.equal(error.code, 'unsupported_model');
      assert.match(error.message, says);
      return true;
    });
  });
}

test('d5-yolox: boxes are decoded on their grids', async (t) => {
  const { report } = await importFrom(t, await unpacked(t, 'd5-yolox', 'd5-yolox.onnx'));
  assert.deepEqual(saysOf(report, 'black'), [['class 1', '0.90', '0.10', '0.20', '0.40', '0.40']]);
});

test('d22-rf-detr, with a label for each column: a score by sigmoid', async (t) => {
  const labels = ['background', 'cat', 'dog', 'fox'];
  const { report } = await importFrom(t, await unpacked(t, 'd22-rf-detr'), { labels });
  assert.deepEqual(saysOf(report, 'black'), [['dog', '0.95', '0.10', '0.10', '0.50', '0.60']]);
});

test('x-arcface is an embedding of 512 numbers', async (t) => {
  const { report, manifest } = await importFrom(t, await unpacked(t, 'x-arcface'));
  assert.equal(decided(report, 'task'), 'image-embedding, inferred');
  assert.equal(manifest.labels, undefined);
});

for (const given of ['named.onnx', 'one.onnx', 'other-name.onnx', 'sub.onnx']) {
  test(`c9-external, ${given}: it comes with its weights, and is asked what its three numbers mean`, async (t) => {
    const file = await unpacked(t, 'c9-external', given);
    // The caller has read the weights: without them the import says which file is missing.
    await assert.rejects(importFrom(t, file), { code: 'needs_options', message: /a vector of 3 numbers/ });
    const { report } = await importFrom(t, file, { labels: ['red', 'green', 'blue'] });
    assert.deepEqual(best(report).slice(0, 3), ['red', 'green', 'blue']);
  });
}

for (const name of ['f1-function-default', 'f2-function-overload']) {
  test(`${name} answers as onnxruntime answers the file itself`, async (t) => {
    const file = await unpacked(t, name, `${name}.onnx`);
    await assert.rejects(importFrom(t, file), { code: 'needs_options', message: /a vector of 3 numbers/ });
    const labels = ['red', 'green', 'blue'];
    const { report } = await importFrom(t, file, { labels, scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] });
    const session = await InferenceSession.create(await readFile(file));
    t.after(() => session.release());
    const pictures = { red: [1, 0, 0], lime: [0, 1, 0], blue: [0, 0, 1], white: [1, 1, 1] };
    for (const [picture, colour] of Object.entries(pictures)) {
      const pixels = Float32Array.from(
        { length: 3 * 32 * 32 },
        (_, at) => colour[Math.floor(at / 1024)] ?? 0,
      );
      const { y } = await session.run({ x: new Tensor('float32', pixels, [1, 3, 32, 32]) });
      const powers = [...((y?.data ?? []) as Float32Array)].map(Math.exp);
      const sum = powers.reduce((all, power) => all + power, 0);
      const found = report.samples.find((sample) => sample.name === picture)?.labels ?? [];
      for (const [at, label] of labels.entries()) {
        const score = found.find((one) => one.label === label)?.score ?? 0;
        const right = (powers[at] ?? 0) / sum;
        assert.ok(Math.abs(score - right) < 1e-3, `${picture}, ${label}: ${score}, ${right} is right`);
      }
    }
  });
}
