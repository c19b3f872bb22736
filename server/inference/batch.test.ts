import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import type { GoldenPicture } from '../../vision/runGoldens.ts';
import { readModelFolder } from '../library/modelFolder.ts';
import { addColourModel, modelsDirectory } from '../testing/modelFixtures.ts';
import { outputsOfEach } from './batch.ts';
import { openModel } from './model.ts';
import { readGoldens } from './readGoldens.ts';

const rows = (images: number[]) => ({
  images: { type: 'int32', data: Int32Array.from(images), dims: [images.length] },
  boxes: {
    type: 'float32',
    data: Float32Array.from(images.flatMap((_, row) => [row, row + 0.5])),
    dims: [images.length, 2],
  },
});

test('rows go to the picture that they are of, in their order; a picture without any has outputs without rows', () => {
  const each = outputsOfEach(rows([2, 0, 2]), 3, 'rows');
  assert.deepEqual(
    each.map(({ boxes }) => boxes && [boxes.dims, [...(boxes.data as Float32Array)]]),
    [
      [
        [1, 2],
        [1, 1.5],
      ],
      [[0, 2], []],
      [
        [2, 2],
        [0, 0.5, 2, 2.5],
      ],
    ],
  );
  const nothing = outputsOfEach(rows([]), 2, 'rows');
  assert.deepEqual(
    nothing.map(({ boxes }) => boxes?.dims),
    [
      [0, 2],
      [0, 2],
    ],
  );
});

test('outputs that do not tell pictures apart are an error', () => {
  assert.throws(() => outputsOfEach(rows([0, 3]), 3, 'rows'), /A row is of picture 3, of 3/);
  assert.throws(() => outputsOfEach({}, 3, 'rows'), /"images" of the graph is missing/);
  const scores = { type: 'float32', data: Float32Array.of(1, 2), dims: [1, 2] };
  assert.throws(
    () => outputsOfEach({ scores }, 2, 'pictures'),
    /"scores" of 2 pictures: 2 rows expected, got 1/,
  );
});

test('several pictures at once have the answers that each has alone: a detector, and names of whole pictures', async (t) => {
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification');
  const detector = await readModelFolder(path.join(modelsDir, 'coco-ssd'));
  const pictures: Uint8Array[] = [];
  for await (const { pixels } of readGoldens(detector) as AsyncIterable<GoldenPicture>) pictures.push(pixels);
  const colours = await readModelFolder(path.join(modelsDir, 'colours'));
  const plain = [0, 90, 255].map((value) =>
    new Uint8Array(32 * 32 * 3).map((_, at) => (at % 3 === 0 ? value : 40)),
  );
  for (const [folder, all] of [
    [detector, pictures],
    [colours, plain],
  ] as const) {
    const model = await openModel(folder, 1);
    const alone = [];
    for (const one of all) alone.push(await model.run(one));
    assert.ok(model.runBatch);
    const together = await model.runBatch(all);
    assert.equal(together.length, all.length);
    const rounded = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (_, one) => (typeof one === 'number' ? Number(one.toFixed(3)) : one)));
    assert.deepEqual(rounded(together), rounded(alone));
    assert.notDeepEqual(rounded(alone[0]), rounded(alone[1]));
    await model.release();
  }
});
