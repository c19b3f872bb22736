import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { photoPath } from '../../../e2e/footage/footage.ts';
import { encodeJpeg } from './encodeJpeg.ts';

async function pixelsOf(width: number, height: number) {
  const photo = sharp(photoPath('cup')).resize(width, height, { fit: 'fill' }).ensureAlpha().raw();
  return new Uint8ClampedArray(await photo.toBuffer());
}

async function decoded(jpeg: Uint8Array) {
  const { data, info } = await sharp(jpeg, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
  return { data, size: [info.width, info.height, info.channels] };
}

function meanDifference(rgba: Uint8ClampedArray, rgb: Buffer): number {
  let sum = 0;
  for (let at = 0; at < rgb.length; at += 1) {
    sum += Math.abs((rgb[at] ?? 0) - (rgba[4 * Math.floor(at / 3) + (at % 3)] ?? 0));
  }
  return sum / rgb.length;
}

test('the higher the quality of a photo, the more bytes it takes, and the nearer to it its pixels are', async () => {
  // Sides that are no multiples of 8.
  const [width, height] = [301, 299];
  const rgba = await pixelsOf(width, height);
  const found: { bytes: number; difference: number }[] = [];
  for (const quality of [0, 0.3, 0.7, 0.8, 0.9, 1]) {
    const jpeg = encodeJpeg(rgba, { width, height, quality });
    const { data, size } = await decoded(jpeg);
    assert.deepEqual(size, [width, height, 3]);
    assert.equal((await sharp(jpeg).metadata()).chromaSubsampling, '4:4:4');
    found.push({ bytes: jpeg.length, difference: meanDifference(rgba, data) });
  }
  console.log(
    `    ${found.map(({ bytes, difference }) => `${bytes} bytes ${difference.toFixed(2)}`).join(', ')}`,
  );
  const inOrder = (values: number[]) =>
    values.every((value, at) => at === 0 || value > (values[at - 1] ?? 0));
  assert.ok(inOrder(found.map(({ bytes }) => bytes)));
  assert.ok(inOrder(found.map(({ difference }) => -difference).map((value) => value + 1_000)));
  assert.ok((found.at(-1)?.difference ?? 9) < 0.6);
});

test('colours keep their edges: of red next to blue, where a canvas would smear them', async () => {
  const size = { width: 16, height: 16 };
  const rgba = new Uint8ClampedArray(4 * 256);
  for (let pixel = 0; pixel < 256; pixel += 1)
    rgba.set(pixel % 2 ? [255, 0, 0, 255] : [0, 0, 255, 255], 4 * pixel);
  const { data } = await decoded(encodeJpeg(rgba, { ...size, quality: 0.9 }));
  assert.ok(meanDifference(rgba, data) < 4, `${meanDifference(rgba, data)} levels`);
});

test('noise, of which no value is small, and pictures of one pixel and of one row', async () => {
  let state = 7;
  const random = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state % 256;
  };
  for (const [width, height] of [
    [64, 64],
    [1, 1],
    [9, 1],
    [1, 9],
  ] as const) {
    const rgba = Uint8ClampedArray.from({ length: 4 * width * height }, random);
    const { data, size } = await decoded(encodeJpeg(rgba, { width, height, quality: 1 }));
    assert.deepEqual(size, [width, height, 3]);
    assert.ok(meanDifference(rgba, data) < 1.5, `${width}x${height}: ${meanDifference(rgba, data)} levels`);
  }
});
