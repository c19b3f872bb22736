import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { standInBitmaps } from './bitmapsFixture.ts';
import { picturesOf } from './pictureOf.ts';

test('a file of more pixels than the page has memory for is refused before it is decoded', async (t) => {
  const decoded = standInBitmaps(t);
  const small = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#a33' } })
    .png()
    .toBuffer();
  // What a decoder would allocate stands in the header; a file of a few bytes is enough for that.
  const vast = Buffer.from(small);
  vast.writeUInt32BE(20_000, 16);
  vast.writeUInt32BE(20_000, 20);
  const read = (bytes: Buffer) => {
    const file = new File([new Uint8Array(bytes)], 'mug.png', { type: 'image/png' });
    return picturesOf([file], { name: 'Mug', isNothing: false })[0]?.read();
  };
  await assert.rejects(
    async () => read(vast),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'too_many_pixels');
      assert.match(error.message, /mug\.png has 20000 x 20000 pixels/);
      return true;
    },
  );
  assert.equal(decoded.length, 0);
  assert.deepEqual((await read(small))?.box, [0, 0, 1, 1]);
});

test('a file that cannot be read, as it was deleted meanwhile, is no picture', async () => {
  class LostFile extends File {
    override slice(): Blob {
      return Object.assign(new Blob(), {
        arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')),
      });
    }
  }
  const [lost] = picturesOf([new LostFile([], 'mug.jpg')], { name: 'Mug', isNothing: false });
  await assert.rejects(async () => lost?.read(), { code: 'no_picture' });
});
