import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { photoPath } from '../../e2e/footage/footage.ts';
import { encodePng } from './encodePng.ts';

test('the lower the quality of a photo, the fewer bytes it takes, and its levels differ by no more than the quality allows', async () => {
  const [width, height] = [301, 299];
  const photo = sharp(photoPath('cup')).resize(width, height, { fit: 'fill' }).ensureAlpha().raw();
  const rgba = new Uint8ClampedArray(await photo.toBuffer());
  const sizes: number[] = [];
  for (const [quality, levels] of [
    [1, 2],
    [0.7, 4],
    [0.3, 8],
    [0, 16],
  ] as const) {
    const png = await encodePng(rgba, { width, height, quality });
    sizes.push(png.length);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [width, height, 3]);
    let largest = 0;
    for (let pixel = 0; pixel < width * height; pixel += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        const difference = (data[3 * pixel + channel] ?? 0) - (rgba[4 * pixel + channel] ?? 0);
        largest = Math.max(largest, Math.abs(difference));
      }
    }
    assert.ok(largest > 0 && largest <= levels, `quality ${quality}: ${largest} levels`);
  }
  console.log(`    bytes at quality 1, 0.7, 0.3, 0: ${sizes.join(', ')}`);
  assert.deepEqual(
    sizes.toSorted((a, b) => b - a),
    sizes,
  );
});

test('pictures of one pixel and of one row', async () => {
  for (const [width, height] of [
    [1, 1],
    [5, 1],
    [1, 5],
  ] as const) {
    const rgba = new Uint8ClampedArray(width * height * 4).fill(201);
    const png = await encodePng(rgba, { width, height, quality: 1 });
    const pixels = await sharp(png).raw().toBuffer();
    // The middle of the four levels that share their first six bits.
    assert.deepEqual([...pixels], new Array(width * height * 3).fill(202));
  }
});
