import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { photoPath } from '../../../e2e/footage/footage.ts';
import { encodeJpeg } from './encodeJpeg.ts';
import { encodeJpegWithin } from './encodeJpegWithin.ts';

/** What a frame may have where a gateway takes text only. */
const TEXT_FRAME_BYTES = 24_000;

async function pixelsOf(name: Parameters<typeof photoPath>[0], sidePx: number) {
  const photo = sharp(photoPath(name)).resize(sidePx, sidePx, { fit: 'fill' }).ensureAlpha().raw();
  return new Uint8ClampedArray(await photo.toBuffer());
}

test('a JPEG that fits is as it would be without a limit', async () => {
  const rgba = await pixelsOf('cup', 100);
  const size = { width: 100, height: 100, quality: 0.7 };
  const jpeg = await encodeJpegWithin(rgba, { ...size, maxBytes: 512 << 10, canShrink: false });
  assert.deepEqual(jpeg, encodeJpeg(rgba, size));
});

for (const [name, sidePx] of [
  ['cup', 300],
  ['crowd', 640],
] as const) {
  test(`${name}, ${sidePx} pixels a side: it keeps its size where the model wants that, and shows the same in a text frame`, async () => {
    const rgba = await pixelsOf(name, sidePx);
    const options = { width: sidePx, height: sidePx, quality: 0.7, maxBytes: TEXT_FRAME_BYTES };
    const jpeg = await encodeJpegWithin(rgba, { ...options, canShrink: false });
    assert.ok(jpeg.byteLength <= TEXT_FRAME_BYTES, `${jpeg.byteLength} bytes`);
    const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [sidePx, sidePx]);
    let sum = 0;
    for (let pixel = 0; pixel < sidePx ** 2; pixel += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        sum += Math.abs((data[3 * pixel + channel] ?? 0) - (rgba[4 * pixel + channel] ?? 0));
      }
    }
    const meanDifference = sum / (3 * sidePx ** 2);
    console.log(`    ${jpeg.byteLength} bytes, ${meanDifference.toFixed(1)} of 255 away in the mean`);
    assert.ok(meanDifference < 20, `${meanDifference} levels`);
  });
}

test('it gets smaller where the model takes any size', async () => {
  const options = { width: 640, height: 640, quality: 0.7, maxBytes: 8_000 };
  const jpeg = await encodeJpegWithin(await pixelsOf('crowd', 640), { ...options, canShrink: true });
  assert.ok(jpeg.byteLength <= 8_000, `${jpeg.byteLength} bytes`);
  const { width, height } = await sharp(jpeg).metadata();
  assert.ok(width < 640 && width > 60 && width === height, `${width} pixels`);
});
