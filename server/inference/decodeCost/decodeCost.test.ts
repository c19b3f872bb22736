import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import type { ImageFormat } from '../../../protocol/frame.ts';
import { frameOf, photo } from '../../testing/media.ts';
import { decodeCost, fitsWorker } from './decodeCost.ts';
import { MAX_FRAME_DECODE_MS, MAX_PICTURE_DECODE_MS } from './limits.ts';

/** A photo at some number of pixels. */
const enlarged = async (width: number, height: number) =>
  sharp(await photo('cat.png'))
    .resize(width, height, { fit: 'fill' })
    .flatten();
const flat = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: 'grey' } });

test('frames as pages send them, at every size that is taken, are decoded by the worker itself', async () => {
  for (const side of [96, 300, 640, 1024, 2048]) {
    for (const quality of [40, 70, 90]) {
      const picture = await enlarged(side, side);
      const cost = decodeCost(await picture.jpeg({ quality }).toBuffer(), 'jpeg');
      assert.ok(fitsWorker(cost), `${side} pixels, quality ${quality}: ${cost.ms} ms`);
      assert.match(cost.what, /baseline, 1 scan/);
    }
  }
});

test('what else canvases of browsers encode is taken as a frame at every size', async () => {
  for (const side of [300, 1024, 2048]) {
    const picture = await enlarged(side, side);
    const encoded: [ImageFormat, Buffer][] = [
      ['png', await picture.clone().png().toBuffer()],
      ['png', await picture.clone().ensureAlpha().png().toBuffer()],
      ['webp', await picture.clone().webp({ quality: 40 }).toBuffer()],
    ];
    for (const [format, bytes] of encoded) {
      // What is larger than a frame may be is not taken for other reasons.
      const cost = decodeCost(bytes.subarray(0, 512 << 10), format);
      assert.ok(cost.ms <= MAX_FRAME_DECODE_MS, `${side}, ${cost.what}: ${cost.ms} ms`);
    }
  }
  const lossless = decodeCost(await (await enlarged(300, 300)).webp({ lossless: true }).toBuffer(), 'webp');
  assert.ok(fitsWorker(lossless), `${lossless.what}: ${lossless.ms} ms`);
});

test('pictures of cameras, progressive ones too, are taken by /v1/predict', async () => {
  for (const progressive of [false, true]) {
    const cost = decodeCost(
      await (await enlarged(6000, 4000)).jpeg({ progressive, quality: 80 }).toBuffer(),
      'jpeg',
    );
    assert.ok(!fitsWorker(cost), 'not in a worker');
    assert.ok(cost.ms <= MAX_PICTURE_DECODE_MS, `${cost.what}: ${cost.ms} ms`);
  }
});

test('what no frame of a stream may be: each kind just above the bound, and the same just below', async () => {
  const pairs: Record<string, [ImageFormat, (width: number, height: number) => Promise<Buffer>, string]> = {
    'progressive JPEG': [
      'jpeg',
      (...size) =>
        flat(...size)
          .jpeg({ progressive: true, chromaSubsampling: '4:4:4' })
          .toBuffer(),
      'progressive, 10 scans',
    ],
    'interlaced PNG': [
      'png',
      (...size) =>
        flat(...size, 4)
          .png({ progressive: true })
          .toBuffer(),
      'interlaced',
    ],
    'PNG of 16 bits': [
      'png',
      (...size) =>
        flat(...size, 4)
          .toColourspace('rgb16')
          .png()
          .toBuffer(),
      '16 bits',
    ],
    'animated WebP': [
      'webp',
      async (width, height) => {
        // Pictures that are alike would become one.
        const pages = Buffer.alloc(width * 2 * height * 3);
        pages.fill(200, width * height * 3);
        const raw = { width, height: 2 * height, channels: 3 as const, pageHeight: height };
        return sharp(pages, { raw })
          .webp({ delay: [100, 100] })
          .toBuffer();
      },
      'animated',
    ],
  };
  for (const [name, [format, make, what]] of Object.entries(pairs)) {
    const above = decodeCost(await make(2048, 2048), format);
    assert.ok(above.ms > MAX_FRAME_DECODE_MS, `${name}: ${above.ms} ms`);
    assert.ok(above.what.includes(what), above.what);
    const below = decodeCost(await make(1024, 1024), format);
    assert.ok(below.ms <= MAX_FRAME_DECODE_MS, `${name}: ${below.ms} ms`);
  }
});

test('a scan costs what its components have, however few bytes it takes', async () => {
  const plain = await flat(1024, 1024).jpeg({ progressive: true }).toBuffer();
  const scanAt = plain.lastIndexOf(Buffer.of(0xff, 0xda));
  const twice = Buffer.concat([plain.subarray(0, -2), plain.subarray(scanAt)]);
  const [once, more] = [decodeCost(plain, 'jpeg'), decodeCost(twice, 'jpeg')];
  assert.match(more.what, /11 scans/);
  assert.ok(more.ms - once.ms > 1);
});

test('markers within scans, previews before and pictures behind count as what they are', async () => {
  const cat = Buffer.from(await frameOf('cat.png'));
  const { ms, what } = decodeCost(cat, 'jpeg');
  const preview = await (await enlarged(1024, 1024)).jpeg({ progressive: true }).toBuffer();
  const segment = Buffer.concat([Buffer.of(0xff, 0xe1, 0, 0), preview.subarray(0, 60_000)]);
  segment.writeUInt16BE(segment.length - 2, 2);
  const within = decodeCost(Buffer.concat([cat.subarray(0, 2), segment, cat.subarray(2)]), 'jpeg');
  assert.equal(within.what, what);
  assert.equal(decodeCost(Buffer.concat([cat, preview]), 'jpeg').what, what);
  assert.ok(within.ms - ms < 2);
});

test('a profile that would unpack to much more than the picture costs more than the picture', async () => {
  const png = await flat(64, 64).png().toBuffer();
  const ihdrEnd = 8 + 25;
  const chunk = Buffer.alloc(12 + (200 << 10));
  chunk.writeUInt32BE(200 << 10, 0);
  chunk.write('zTXt', 4, 'latin1');
  const cost = decodeCost(Buffer.concat([png.subarray(0, ihdrEnd), chunk, png.subarray(ihdrEnd)]), 'png');
  assert.ok(cost.ms > MAX_FRAME_DECODE_MS);
  assert.match(cost.what, /200 KiB of compressed text/);
});

test('any bytes are read to an end, those of cut and changed pictures too', async () => {
  const whole = {
    jpeg: await (await enlarged(300, 300)).jpeg({ progressive: true }).toBuffer(),
    png: await flat(300, 300).png({ progressive: true }).toBuffer(),
    webp: await flat(300, 300).webp().toBuffer(),
  };
  let random = 1;
  const next = () => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return random / 2 ** 32;
  };
  for (const [format, bytes] of Object.entries(whole) as [ImageFormat, Buffer][]) {
    for (let round = 0; round < 500; round++) {
      const changed = Buffer.from(bytes.subarray(0, Math.floor(next() * bytes.length)));
      for (let change = 0; change < 5 && changed.length > 0; change++) {
        changed[Math.floor(next() * Math.min(changed.length, 200))] = Math.floor(next() * 256);
      }
      assert.ok(decodeCost(changed, format).ms >= 0);
    }
  }
  // The most markers and the most chunks that fit into a frame.
  const dense = Buffer.alloc(512 << 10, Buffer.of(0xff, 0xd0));
  dense[1] = 0xd8;
  assert.equal(decodeCost(dense, 'jpeg').ms, 0);
  const empty = Buffer.concat([Buffer.of(0xff, 0xd8), Buffer.alloc(512 << 10, Buffer.of(0xff, 0xfe, 0, 2))]);
  assert.equal(decodeCost(empty, 'jpeg').ms, Number.POSITIVE_INFINITY);
});
