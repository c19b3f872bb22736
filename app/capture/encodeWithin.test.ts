import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { photoPath } from '../../e2e/footage/footage.ts';
import { encodeWithin } from './encodeWithin.ts';

/** As a canvas encodes it, and what it was asked for. */
async function encoderOf(name: Parameters<typeof photoPath>[0], sidePx: number) {
  const photo = await sharp(photoPath(name)).resize(sidePx, sidePx, { fit: 'fill' }).png().toBuffer();
  const asked: [quality: number, scale: number][] = [];
  const encode = async (quality: number, scale: number) => {
    asked.push([quality, scale]);
    const side = Math.round(sidePx * scale);
    const options = { quality: Math.max(1, Math.round(quality * 100)) };
    const { info } = await sharp(photo)
      .resize(side, side)
      .jpeg(options)
      .toBuffer({ resolveWithObject: true });
    return { size: info.size, width: info.width };
  };
  return { encode, asked };
}

test('a picture that fits is encoded once, at the quality of the pace', async () => {
  const { encode, asked } = await encoderOf('cat', 300);
  const { size } = await encodeWithin(512 << 10, 0.7, encode, true);
  assert.ok(size > 0);
  assert.deepEqual(asked, [[0.7, 1]]);
});

test('one that does not fit gets coarser first, and keeps its size where the model wants that', async () => {
  const { encode, asked } = await encoderOf('cat', 640);
  const first = await encode(0.7, 1);
  asked.length = 0;
  const encoded = await encodeWithin(first.size / 2, 0.7, encode, false);
  assert.ok(encoded.size <= first.size / 2);
  assert.equal(encoded.width, 640);
  assert.ok(asked.every(([, scale]) => scale === 1));
  assert.ok(asked.length > 1);
});

test('then it gets smaller, where the model takes any size', async () => {
  const { encode } = await encoderOf('crowd', 1280);
  const encoded = await encodeWithin(24_000, 0.7, encode, true);
  assert.ok(encoded.size <= 24_000, `${encoded.size} bytes`);
  assert.ok(encoded.width > 320 && encoded.width < 1280, `${encoded.width} pixels`);
});

test('what cannot fit is tried at each quality, and no more often', async () => {
  const { encode, asked } = await encoderOf('cat', 300);
  await encodeWithin(100, 0.4, encode, false);
  assert.deepEqual(
    asked.map(([quality]) => quality),
    [0.4, 0.3, 0.15, 0.05],
  );
});
