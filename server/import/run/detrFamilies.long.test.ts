import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import * as ort from 'onnxruntime-node';
import { decodeModel, encodeModel } from '../onnx/onnxBytes.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import type { Family } from '../testing/detr/family.ts';
import { PICKED_FAMILIES } from '../testing/detr/pickedFamilies.ts';
import type { Detection } from '../testing/detr/published.ts';
import { QUERY_FAMILIES } from '../testing/detr/queryFamilies.ts';
import { decided, importBytes } from '../testing/importForTests.ts';
import { seeded } from '../testing/opHarness.ts';

/*
 * Detectors as exporters write them: their names and shapes, and random weights. What the deployed graph says of pixels is
 * compared with what the authors' own code makes of the same pixels, from their preparation to their boxes.
 */

const [photo] = await samplePictures();
assert.ok(photo);
/** Not named after a label, by which ways to prepare it would be compared. */
const samples = [{ ...photo, name: 'photo' }];

/** Boxes that reach out of the picture are cut; a deployed graph gives this many at most. */
const MAX_DETECTIONS = 100;
const PICTURE = { width: 500, height: 375 };

for (const [name, family] of Object.entries({ ...QUERY_FAMILIES, ...PICKED_FAMILIES })) {
  test(`${name}: answers as its authors' code does`, async (t) => {
    const { detector, head, files = {}, metadata = {}, options = {}, input, values } = family;
    const model = decodeModel(detector.bytes());
    model.metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
    const bytes = encodeModel(model);
    const { report, manifest, stagingDir } = await importBytes(t, bytes, options, { samples, files });
    assert.match(decided(report, 'head') ?? '', new RegExp(`^${head}, `));
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);
    assert.ok(manifest.task === 'object-detection');
    assert.deepEqual([manifest.input.width, manifest.input.height], [input.width, input.height]);
    assert.deepEqual(
      [manifest.input.values?.mean, manifest.input.values?.std],
      values
        ? [values.mean, values.std]
        : [
            [0, 0, 0],
            [1, 1, 1],
          ],
    );

    const graph = await open(t, await readFile(path.join(stagingDir, 'model.onnx')));
    const labels = (await readFile(path.join(stagingDir, 'labels.txt'), 'utf8')).trim().split('\n');
    const source = await open(t, bytes);
    const random = seeded(3);
    const isBatched = graph.inputMetadata[0]?.isTensor && graph.inputMetadata[0].shape[0] !== 1;
    const each = input.width * input.height * 3;
    const pictures = isBatched ? 2 : 1;
    const pixels = Uint8Array.from(
      { length: pictures * each },
      (_, at) => (40 + Math.floor(at / each) * 90) * (random() + 0.5),
    );
    const found = await graph.run({
      image: new ort.Tensor('uint8', pixels, [pictures, input.height, input.width, 3]),
    });
    for (let picture = 0; picture < pictures; picture++) {
      const expected = await byAuthors(family, source, pixels.subarray(picture * each, (picture + 1) * each));
      const rows = Array.from(found.scores?.data ?? [], Number).flatMap((score, row) =>
        Number(found.images?.data[row]) === picture
          ? {
              label: labels[Number(found.classes?.data[row])] ?? '',
              score,
              box: Array.from(found.boxes?.data ?? [], Number).slice(row * 4, row * 4 + 4),
            }
          : [],
      );
      const above = expected.filter(({ score }) => score > manifest.minScore.floor).slice(0, MAX_DETECTIONS);
      assert.ok(above.length > 3, `only ${above.length} are found`);
      assert.deepEqual(
        rows.map(({ label }) => label),
        above.map(({ number }) => family.names(number)),
      );
      for (const [at, { score, box }] of above.entries()) {
        near(rows[at]?.score, score, 1e-4);
        for (const [side, value] of inPicture(box).entries()) near(rows[at]?.box[side], value, 1e-4);
      }
    }
  });
}

async function open(t: { after(done: () => Promise<void>): void }, bytes: Uint8Array) {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  t.after(() => session.release());
  return session;
}

/** What the authors' code says of a picture of PICTURE's size, of which these are the pixels at the size of the input. */
async function byAuthors(
  { detector, input, values, feeds, answers }: Family,
  source: ort.InferenceSession,
  pixels: Uint8Array,
): Promise<Detection[]> {
  const area = input.width * input.height;
  const planes = (value: (byte: number, channel: number) => number) =>
    Float32Array.from({ length: area * 3 }, (_, at) => {
      const channel = Math.floor(at / area);
      return value(pixels[(at % area) * 3 + channel] ?? 0, channel);
    });
  const shape = [1, 3, input.height, input.width];
  const image = values
    ? new ort.Tensor(
        'float32',
        planes((byte, channel) => (byte / 255 - (values.mean[channel] ?? 0)) / (values.std[channel] ?? 1)),
        shape,
      )
    : new ort.Tensor('uint8', Uint8Array.from(planes((byte) => byte)), shape);
  const others = Object.entries(feeds?.(PICTURE) ?? {}).map(([name, { type, dims, values: numbers }]) => [
    name,
    type === 'int64'
      ? new ort.Tensor('int64', BigInt64Array.from(numbers, BigInt), [...dims])
      : new ort.Tensor('float32', Float32Array.from(numbers), [...dims]),
  ]);
  const outputs = await source.run({ [detector.image]: image, ...Object.fromEntries(others) });
  const numbers = Object.entries(outputs).map(([name, { data }]) => [
    name,
    Array.from(data as ArrayLike<number | bigint>, Number),
  ]);
  return answers(Object.fromEntries(numbers), PICTURE);
}

/** Left, top, width, height in 0..1 of the picture. */
function inPicture([left, top, right, bottom]: Detection['box']): number[] {
  const cut = (value: number) => Math.min(1, Math.max(0, value));
  const [x, y] = [cut(left / PICTURE.width), cut(top / PICTURE.height)];
  return [x, y, cut(right / PICTURE.width) - x, cut(bottom / PICTURE.height) - y];
}

function near(found: number | undefined, expected: number, tolerance: number): void {
  assert.ok(Math.abs((found ?? Number.NaN) - expected) <= tolerance, `${found} is not ${expected}`);
}
