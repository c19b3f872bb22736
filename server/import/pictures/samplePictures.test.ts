import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { samplePictures, thumbnailOf } from './samplePictures.ts';

test('a thumbnail is small, whatever the picture is, and keeps its shape', async () => {
  const wide = await sharp({ create: { width: 900, height: 300, channels: 4, background: '#f008' } })
    .png()
    .toBuffer();
  const [photo] = await samplePictures();
  assert.ok(photo);
  for (const picture of [wide, photo.image]) {
    const url = await thumbnailOf(picture);
    const jpeg = Buffer.from(url.replace(/^data:image\/jpeg;base64,/, ''), 'base64');
    const { width, height, format } = await sharp(jpeg).metadata();
    const source = await sharp(picture).metadata();
    assert.equal(format, 'jpeg');
    assert.equal(Math.max(width, height), 240);
    assert.ok(Math.abs(width / height - source.width / source.height) < 0.02);
    assert.ok(url.length < 40_000, `${url.length} characters`);
  }
});
