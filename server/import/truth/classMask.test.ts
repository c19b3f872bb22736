import assert from 'node:assert/strict';
import test from 'node:test';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { readClassMask } from './classMask.ts';

const MAX = 1_000_000;

test('grey PNGs give their numbers, whatever their rows are filtered by', async () => {
  const [width, height] = [37, 29];
  const numbers = Uint8Array.from({ length: width * height }, (_, at) => (at * at + (at >> 3)) % 251);
  for (const adaptiveFiltering of [false, true]) {
    const png = await sharp(numbers, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png({ adaptiveFiltering })
      .toBuffer();
    const { classes, ...size } = readClassMask(png, MAX);
    assert.deepEqual(size, { width, height });
    assert.deepEqual([...classes], [...numbers]);
  }
});

test('PNGs of a palette give its numbers, not its colours', async () => {
  const colours = Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255]);
  const numbers = [0, 1, 2, 3, 3, 0];
  const rows = Buffer.from([0, 0b0001_1011, 0b1100_0000]);
  assert.deepEqual(
    [...readClassMask(png({ width: 6, height: 1, bits: 2, rows, palette: colours }), MAX).classes],
    numbers,
  );
});

test('what is no map of numbers, or too large, is refused', async () => {
  const rgb = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  assert.throws(() => readClassMask(rgb, MAX), /PNG in colours/);
  assert.throws(() => readClassMask(Buffer.from('no picture'), MAX), /no PNG/);
  const rows = Buffer.from([0, 0]);
  assert.throws(() => readClassMask(png({ width: 9_999, height: 9_999, bits: 8, rows }), MAX), /At most/);
  assert.throws(() => readClassMask(png({ width: 1, height: 9, bits: 8, rows }), MAX), /ends too early/);
  // It would unpack to more than it says.
  assert.throws(() => readClassMask(png({ width: 1, height: 1, bits: 8, rows: Buffer.alloc(1e6) }), MAX));
});

function png({
  width,
  height,
  bits,
  rows,
  palette,
}: {
  width: number;
  height: number;
  bits: number;
  rows: Buffer;
  palette?: Buffer;
}) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, palette ? 3 : 0], 8);
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    // No one reads its checksum.
    return Buffer.concat([length, body, Buffer.alloc(4)]);
  };
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', palette)] : []),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
