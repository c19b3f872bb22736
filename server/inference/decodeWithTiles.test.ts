import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { photo } from '../testing/media.ts';
import { decode, UndecodableError } from './decode.ts';
import { decodeWithTiles } from './decodeWithTiles.ts';

const stretch = { width: 300, height: 300, fit: 'stretch' } as const;
const letterbox = { width: 320, height: 320, fit: 'letterbox' } as const;
const options = { maxPixels: 60_000_000, isFitted: false };
const pixelsOf = (image: Uint8Array) => sharp(image).raw().toBuffer();

test('the whole is what a picture without tiles gives, to the bit, and its mirrored view is its mirror image', async () => {
  const image = await photo('cat.png');
  const alone = await decode(image, 'png', stretch, options);
  const { pixels, tiles } = await decodeWithTiles(image, 'png', stretch, options);
  assert.deepEqual(Buffer.from(pixels), Buffer.from(alone.pixels));
  const [mirrored] = tiles;
  assert.ok(mirrored?.isMirrored);
  const raw = { raw: { width: 300, height: 300, channels: 3 as const } };
  assert.deepEqual(await pixelsOf(mirrored.image), await sharp(alone.pixels, raw).flop().raw().toBuffer());
});

test('a tile is its part of the picture, prepared as that part alone would be', async () => {
  const image = await photo('cup.png');
  const { tiles } = await decodeWithTiles(image, 'png', letterbox, options);
  assert.equal(tiles.length, 11);
  for (const { fitted, isMirrored, image: frame } of tiles.slice(1)) {
    const [x, y, width, height] = fitted.part;
    const rect = {
      left: Math.round(x * 600),
      top: Math.round(y * 400),
      width: Math.round(width * 600),
      height: Math.round(height * 400),
    };
    const part = await sharp(image).flatten({ background: 'white' }).extract(rect).png().toBuffer();
    const { pixels, fitted: alone } = await decode(part, 'png', letterbox, options);
    assert.deepEqual(await pixelsOf(frame), Buffer.from(pixels));
    assert.deepEqual(fitted.inputRect, alone?.inputRect ?? [0, 0, 1, 1]);
    assert.equal(isMirrored, false);
  }
});

test('a picture of a camera on its side is upright before it gets tiles', async () => {
  const image = await sharp(await photo('cup.png'))
    .flatten()
    .jpeg()
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const { tiles } = await decodeWithTiles(image, 'jpeg', stretch, options);
  const last = tiles.at(-1)?.fitted.part;
  // Two columns and three rows: it is higher than wide.
  assert.ok(last && last[2] > last[3], String(last));
});

test('a picture of 20 megapixels is decoded smaller, and its tiles show the same parts', async () => {
  const image = await sharp(await photo('cup.png'))
    .flatten()
    .resize(5_400, 3_600)
    .jpeg()
    .toBuffer();
  const { pixels, tiles } = await decodeWithTiles(image, 'jpeg', stretch, options);
  assert.equal(pixels.length, 300 * 300 * 3);
  const small = await decodeWithTiles(await photo('cup.png'), 'png', stretch, options);
  for (const [index, { fitted }] of tiles.entries()) {
    for (const [axis, value] of fitted.part.entries()) {
      assert.ok(Math.abs(value - (small.tiles[index]?.fitted.part[axis] ?? 0)) < 0.002);
    }
  }
});

test('what is no picture is undecodable', async () => {
  const broken = (await photo('cat.png')).subarray(0, 1_000);
  await assert.rejects(decodeWithTiles(broken, 'png', stretch, options), UndecodableError);
});
