import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import sharp from 'sharp';
import type { PictureAnswer } from '../../../vision/tasks/taskOf.ts';
import { pictureFilesIn } from '../pictures/pictureFiles.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import { findMasks, judgePixels } from './pixelJudge.ts';

const LABELS = ['background', 'cat', 'Dog, hound'];
const SIZE = { width: 4, height: 1 };

/** Pictures in `images/`, with masks of four pixels in a row. */
async function setWith(
  t: TestContext,
  masks: Record<string, readonly number[]>,
  folder = 'masks',
  classes = '',
) {
  const dir = await temporaryFolder(t);
  await mkdir(path.join(dir, 'images'));
  await mkdir(path.join(dir, folder));
  if (classes !== '') await writeFile(path.join(dir, 'classes.txt'), classes);
  for (const [name, numbers] of Object.entries(masks)) {
    await writeFile(path.join(dir, 'images', `${name}.jpg`), '');
    const mask = sharp(Uint8Array.from(numbers), { raw: { ...SIZE, channels: 1 } });
    await mask
      .toColourspace('b-w')
      .png()
      .toFile(path.join(dir, folder, `${name}.png`));
  }
  await writeFile(path.join(dir, 'images', 'alone.jpg'), '');
  return { dir, masks: await findMasks(await pictureFilesIn(path.join(dir, 'images'))) };
}

/** The lines that a model gives to the pixels of whatever it is shown. */
const says = (lines: readonly number[]) => ({ worst: 5, pixelLabels: () => Int16Array.from(lines) });
const ANSWER = {} as PictureAnswer;

test('numbers are those of classes.txt by name; 255, void and what the model lacks are left out', async (t) => {
  const classes = 'void\nhound\nCAT\nunicorn\n';
  const { masks } = await setWith(t, { a: [1, 2, 2, 255], b: [1, 1, 3, 0] }, 'SegmentationClass', classes);
  assert.deepEqual(
    masks.pictures.map(({ name }) => name),
    ['a.jpg', 'b.jpg'],
  );
  const judge = judgePixels({ labels: LABELS }, masks, says([2, 1, 0, 0]));
  for (const picture of judge.pictures) assert.equal(await judge.see(picture, ANSWER, SIZE), undefined);
  const { score, classes: each, worst, notes } = judge.result();
  // Dog: 2 of 3 there. Cat: 1 of 2 there, and one more found.
  assert.deepEqual(each, [
    { label: 'cat', count: 2, score: 1 / 3 },
    { label: 'Dog, hound', count: 3, score: 2 / 3 },
  ]);
  assert.deepEqual(score, { kind: 'pixels', pictures: 2, classes: 2, meanIou: 0.5, right: 3 / 5 });
  assert.deepEqual(worst[0], {
    picture: 'b.jpg',
    faults: 0.5,
    missed: ['Dog, hound'],
    wrong: [{ label: 'cat', score: 0.5 }],
  });
  assert.match(notes[0] ?? '', /left out: unicorn/);
});

test('without classes.txt the numbers are lines of the labels; a mask that cannot be read is told', async (t) => {
  const { dir, masks } = await setWith(t, { a: [0, 1, 2, 2], b: [0, 0, 0, 0] });
  await writeFile(path.join(dir, 'masks', 'b.png'), 'no picture');
  const judge = judgePixels({ labels: LABELS }, masks, says([0, 1, 2, 2]));
  const [a, b] = judge.pictures;
  assert.ok(a && b);
  assert.equal(await judge.see(a, ANSWER, SIZE), undefined);
  assert.equal(await judge.see(b, ANSWER, SIZE), 'its mask: It is no PNG.');
  const { score } = judge.result();
  assert.ok(score.kind === 'pixels' && score.meanIou === 1 && score.pictures === 1);
});

test('pictures without masks, and masks of other things, are refused', async (t) => {
  const { dir, masks } = await setWith(t, { a: [0, 0, 0, 0] }, 'masks', 'ace\nking\n');
  assert.throws(() => judgePixels({ labels: LABELS }, masks, says([])), { message: /classes for ace, king/ });
  await assert.rejects(findMasks(await pictureFilesIn(path.join(dir, 'masks'))), { code: 'unknown_source' });
});
