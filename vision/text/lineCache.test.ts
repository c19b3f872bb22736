import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { drawTextGolden } from '../../models/build/textGoldens.ts';
import type { Pixels } from '../pixels.ts';
import type { Quad } from '../quad.ts';
import { createLineCache } from './lineCache.ts';

/** A line in the middle of a picture, as a camera's JPEG shows it. */
async function pictureOf(text: string, { dx = 0, quality = 80 } = {}): Promise<Pixels> {
  const png = await drawTextGolden([{ text, x: 200 + dx, y: 50, size: 30 }], { width: 400, height: 100 });
  const { data, info } = await sharp(await sharp(png).jpeg({ quality }).toBuffer())
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
const quadAt = (dx: number, dy = 0): Quad => [
  [60 + dx, 30 + dy],
  [340 + dx, 30 + dy],
  [340 + dx, 70 + dy],
  [60 + dx, 70 + dy],
];
const LINE = { text: 'Gate 14 at 12:41', score: 0.97, turns: 0 };

async function cacheWith(text: string) {
  const cache = createLineCache();
  cache.add(await pictureOf(text), quadAt(0), { ...LINE, text, quad: quadAt(0) });
  return cache;
}

test('a line that looks the same is not read again, though it moved, its corners tremble, and the JPEG is another', async () => {
  const cache = await cacheWith(LINE.text);
  for (const [dx, dy, quality] of [
    [0, 0, 60],
    [5, 1, 75],
    [-4, -1, 90],
  ] as const) {
    const found = cache.find(await pictureOf(LINE.text, { dx, quality }), quadAt(dx + 1, dy));
    assert.equal(found?.line.text, LINE.text, `moved by ${dx}`);
    assert.equal(found.isCoarse, false);
    assert.deepEqual(found.line.quad, quadAt(dx + 1, dy));
  }
});

test('one changed letter makes it another line', async () => {
  const cache = await cacheWith(LINE.text);
  for (const other of ['Gate 14 at 12:47', 'Gate 11 at 12:41', 'Gale 14 at 12:41', 'Gate 14 at 12:4']) {
    assert.equal(cache.find(await pictureOf(other), quadAt(0)), undefined, other);
  }
});

test('the same text elsewhere is read, and what was read badly is read again', async () => {
  const cache = await cacheWith(LINE.text);
  const far = await pictureOf(LINE.text, { dx: -65 });
  assert.equal(cache.find(far, quadAt(-65)), undefined);
  const unsure = createLineCache();
  const picture = await pictureOf(LINE.text);
  unsure.add(picture, quadAt(0), { ...LINE, score: 0.5, quad: quadAt(0) });
  assert.equal(unsure.find(picture, quadAt(0)), undefined);
});

test('a line that came nearer step by step is worth another reading, until the recognizer sees all of its pixels', async () => {
  const at = async (scale: number) => {
    const { data, width, height } = await pictureOf(LINE.text);
    const { data: larger, info } = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(Math.round(width * scale))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const quad = quadAt(0).map(([x, y]) => [x * scale, y * scale]) as unknown as Quad;
    return { picture: { data: larger, width: info.width, height: info.height }, quad };
  };
  const approach = async (scales: readonly number[]) => {
    const cache = createLineCache();
    const first = await at(scales[0] ?? 1);
    cache.add(first.picture, first.quad, { ...LINE, quad: first.quad });
    const coarse = [];
    for (const scale of scales) {
      const { picture, quad } = await at(scale);
      coarse.push(cache.find(picture, quad)?.isCoarse);
    }
    return coarse;
  };
  assert.deepEqual(await approach([0.5, 0.6, 0.7]), [false, false, true]);
  assert.deepEqual(await approach([1.25, 1.5, 1.8]), [false, false, false]);
});
