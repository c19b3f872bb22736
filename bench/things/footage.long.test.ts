import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import { type ClipId, framesOf } from '../../e2e/footage/clips.ts';
import { drawClip } from '../../e2e/footage/footage.ts';
import { openModel } from '../../server/inference/model.ts';
import { readModelFolder } from '../../server/library/modelFolder.ts';
import { type Box, iou } from '../../vision/geometry.ts';
import type { Pixels } from '../../vision/pixels.ts';
import { type Head, learnHead } from '../../vision/things/head.ts';
import { nameRegions } from '../../vision/things/nameRegions.ts';
import { middleSquare } from '../../vision/things/planRegions.ts';
import { UNKNOWN } from '../../vision/things/unknown.ts';
import { openEmbedder } from './openEmbedder.ts';
import { seeded } from './seeded.ts';
import { thingOf } from './trial.ts';

const model = await openModel(await readModelFolder(path.resolve('models/things')), 1);
const embed = await openEmbedder();

/** The frame of a clip as the page sends it. */
async function frameOf(clip: ClipId, at = 0): Promise<Pixels> {
  const frame = framesOf(clip)[at];
  assert.ok(frame);
  const [jpeg] = await drawClip([frame]);
  const { data, info } = await sharp(jpeg)
    .resize(480, 480, { fit: 'inside' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}

/** A wall in a light that falls from one side, with the noise of a camera. */
function wall(grey: number, noise: number): Pixels {
  const [width, height] = [480, 360];
  const random = seeded(grey);
  const light = (at: number) => grey + ((at % width) / width - 0.5) * 30 + noise * (random() - 0.5);
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) data.fill(Math.max(0, light(at)), 3 * at, 3 * at + 3);
  return { data, width, height };
}

async function seenIn(picture: Pixels, head: Head) {
  const answer = await model.run(picture.data, picture);
  assert.equal(answer.task, 'thing-embedding');
  return nameRegions(answer, head).regions.filter(({ label }) => label !== undefined);
}

test('a cup that one sample of the ring taught has its whole box named, and what is around it is not', async () => {
  const taught = await frameOf('cup-still');
  const ring = await embed(taught, middleSquare(taught));
  const head = learnHead([thingOf('Mug', [ring])]);
  const truth = framesOf('cup-still')[0]?.things.find(({ label }) => label === 'cup')?.box;
  assert.ok(truth);
  const seen = await seenIn(taught, head);
  const mugs = seen.filter(({ label }) => label === 'Mug');
  assert.equal(mugs.length, 1, JSON.stringify(seen.map(({ label, box }) => [label, box])));
  const [mug] = mugs;
  assert.equal(mug?.source, 'detected');
  assert.ok(iou(mug?.box ?? [0, 0, 0, 0], truth) > 0.6, String(mug?.box));
  assert.deepEqual(
    (await seenIn(await frameOf('cat-still'), head)).map(({ label }) => label),
    [UNKNOWN],
  );
});

test('a cup that is taught by its box is named wherever it moves', async () => {
  const taught = await frameOf('cup-still');
  const answer = await model.run(taught.data, taught);
  const box: Box | undefined =
    answer.task === 'thing-embedding'
      ? answer.regions.find(({ source }) => source === 'detected')?.box
      : undefined;
  assert.ok(box);
  const head = learnHead([thingOf('Mug', [await embed(taught, box)])]);
  for (const at of [0, 60, 120, 180, 240]) {
    const mugs = (await seenIn(await frameOf('cup-pan', at), head)).filter(({ label }) => label === 'Mug');
    assert.deepEqual(
      mugs.map(({ source }) => source),
      ['detected'],
      `frame ${at}`,
    );
  }
});

test('a blank wall that was taught is seen on walls, and nowhere else', async () => {
  const views: (readonly Float32Array[])[] = [];
  for (const x of [0.15, 0.2, 0.25, 0.3, 0.35]) views.push(await embed(wall(200, 8), [x, 0.2, 0.5, 0.6]));
  const cup = await frameOf('cup-still');
  const mug = thingOf('Mug', [await embed(cup, [0.26, 0.06, 0.45, 0.57])]);
  for (const head of [learnHead([thingOf('Wall', views)]), learnHead([thingOf('Wall', views), mug])]) {
    const names = async (picture: Pixels) => (await seenIn(picture, head)).map(({ label }) => label);
    assert.deepEqual(await names(wall(200, 8)), ['Wall']);
    assert.deepEqual(await names(wall(140, 3)), ['Wall']);
    for (const clip of [
      'cup-still',
      'cat-still',
      'person-pan',
      'crowd-pan',
      'rocket-still',
      'sign-still',
    ] as const) {
      const seen = await names(await frameOf(clip));
      assert.ok(!seen.includes('Wall'), `${clip}: ${seen.join()}`);
    }
  }
});
