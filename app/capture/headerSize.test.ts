import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { headerSize } from './headerSize.ts';

const flat = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: '#a33' } });
const blobOf = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);

test('the size is read from the headers of what servers take, however it is coded', async () => {
  const coded = {
    'JPEG, baseline': await flat(300, 200).jpeg().toBuffer(),
    'JPEG, progressive, with a profile': await flat(300, 200)
      .withIccProfile('p3')
      .withExif({ IFD0: { Copyright: 'x'.repeat(9_000) } })
      .jpeg({ progressive: true })
      .toBuffer(),
    PNG: await flat(300, 200).png().toBuffer(),
    'WebP, lossy': await flat(300, 200).webp().toBuffer(),
    'WebP, lossless': await flat(300, 200).webp({ lossless: true }).toBuffer(),
    'WebP, with transparency and a profile': await flat(300, 200, 4).withIccProfile('p3').webp().toBuffer(),
  };
  for (const [what, bytes] of Object.entries(coded))
    assert.deepEqual(
      await headerSize(blobOf(bytes)),
      { format: what.slice(0, 4).replace(',', '').toLowerCase(), width: 300, height: 200 },
      what,
    );
});

test('nothing is said of what states no size: other formats, and headers that are cut short', async () => {
  for (const bytes of [await flat(30, 20).gif().toBuffer(), Buffer.from('<svg/>'), Buffer.alloc(0)])
    assert.equal(await headerSize(blobOf(bytes)), undefined);
  for (const whole of [await flat(30, 20).jpeg().toBuffer(), await flat(30, 20).webp().toBuffer()])
    for (let length = 0; length < 26; length++)
      assert.equal(await headerSize(blobOf(whole.subarray(0, length))), undefined, `${length} bytes`);
});
