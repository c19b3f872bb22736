import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { test } from 'node:test';
import sharp from 'sharp';
import { DEMO_PHOTOS, demoPhotoFile, demoPhotoSource } from './demoPhotos.ts';

const MAX_FOOTAGE_BYTES = 2_000_000;
/** Of 255: what JPEG at this quality costs, with room for another version of the encoder. */
const MAX_MEAN_DIFFERENCE = 3;

test('the demo shows the CC0 photos of e2e/media, and takes less than 2 MB', async () => {
  let bytes = 0;
  for (const photo of DEMO_PHOTOS) {
    bytes += (await stat(demoPhotoFile(photo))).size;
    const [made, source] = await Promise.all(
      [demoPhotoFile(photo), demoPhotoSource(photo)].map((file) =>
        sharp(file).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true }),
      ),
    );
    assert.ok(made && source);
    assert.deepEqual([made.info.width, made.info.height], [source.info.width, source.info.height]);
    const sum = made.data.reduce((total, level, at) => total + Math.abs(level - (source.data[at] ?? 0)), 0);
    assert.ok(sum / made.data.length < MAX_MEAN_DIFFERENCE, `${photo}: ${sum / made.data.length}`);
  }
  assert.ok(bytes > 0 && bytes < MAX_FOOTAGE_BYTES, String(bytes));
});
