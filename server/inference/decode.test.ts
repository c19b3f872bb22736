import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import sharp, { type Sharp } from 'sharp';
import type { ImageFormat } from '../../protocol/frame.ts';
import { photo } from '../testing/media.ts';
import { decode, UndecodableError } from './decode.ts';

const INPUT = { width: 300, height: 300, fit: 'stretch' } as const;
const LIMITS = { maxPixels: 60_000_000, isFitted: false };

const pixelsOf = async (
  image: Uint8Array,
  format: ImageFormat,
  input: Parameters<typeof decode>[2] = INPUT,
) => (await decode(image, format, input, LIMITS)).pixels;

/** What decodes to the numbers of the file, without scaling. */
const asItIs = async (image: Uint8Array, format: ImageFormat) => {
  const { width, height } = await sharp(image).metadata();
  return pixelsOf(image, format, { width, height, fit: 'stretch' });
};

const cat = async () => sharp(await photo('cat.png')).flatten();

/** Bytes of the last block; with fewer missing, a picture whose colours have full size may lack a block's last details. */
const LEAST_CUT = 4;

/** Every kind of coding that a picture may have, as a whole JPEG that ends with its marker. */
const CODINGS: Readonly<Record<string, (picture: Sharp) => Sharp>> = {
  baseline: (picture) => picture.jpeg({ quality: 80 }),
  'with standard tables, as cameras write it': (picture) => picture.jpeg({ optimiseCoding: false }),
  progressive: (picture) => picture.jpeg({ progressive: true }),
  'progressive, many scans': (picture) => picture.jpeg({ mozjpeg: true }),
  grey: (picture) => picture.greyscale().jpeg(),
  'colours at full size': (picture) => picture.jpeg({ chromaSubsampling: '4:4:4' }),
};

for (const [name, encode] of Object.entries(CODINGS)) {
  test(`a JPEG that lacks only its end marker is read as if it were there: ${name}`, async () => {
    const whole = new Uint8Array(await encode(await cat()).toBuffer());
    assert.deepEqual([...whole.subarray(-2)], [0xff, 0xd9]);
    const open = whole.subarray(0, -2);
    const expected = await pixelsOf(whole, 'jpeg');
    assert.deepEqual(await pixelsOf(open, 'jpeg'), expected);
    for (const padding of [1, 2, 100_000]) {
      assert.deepEqual(await pixelsOf(padded(open, padding), 'jpeg'), expected, `${padding} zeros behind it`);
    }
    assert.deepEqual(await pixelsOf(padded(whole, 5), 'jpeg'), expected, 'zeros behind the marker');
    // Half of the marker, as where a copy lost its last byte.
    assert.deepEqual(await pixelsOf(whole.subarray(0, -1), 'jpeg'), expected, 'half of the marker');
  });

  test(`a JPEG that was cut is refused: ${name}`, async () => {
    const whole = new Uint8Array(await encode(await cat()).toBuffer());
    const shares = Array.from({ length: 90 }, (_, i) => Math.floor((whole.length * (10 + i)) / 100));
    const lastBytes = Array.from({ length: 40 }, (_, i) => whole.length - 2 - LEAST_CUT - i);
    const scans = [...whole.keys()].filter((at) => whole[at] === 0xff && whole[at + 1] === 0xda);
    for (const length of [...shares, ...lastBytes, ...scans]) {
      const cut = whole.subarray(0, length);
      await assert.rejects(pixelsOf(cut, 'jpeg'), UndecodableError, `${length} of ${whole.length} bytes`);
    }
    const half = whole.subarray(0, whole.length >> 1);
    await assert.rejects(pixelsOf(padded(half, 100_000), 'jpeg'), UndecodableError, 'the rest is zeros');
  });
}

const padded = (bytes: Uint8Array, zeros: number) => {
  const all = new Uint8Array(bytes.length + zeros);
  all.set(bytes);
  return all;
};

/** A red square whose opacity falls from left to right, with ink of no opacity below. */
function fading(): { picture: Sharp; expected: (x: number) => number } {
  const side = 256;
  const rgba = new Uint8Array(side * side * 4);
  for (let i = 0; i < side * side; i++) rgba.set([200, 200, 200, 255 - (i % side)], i * 4);
  return {
    picture: sharp(rgba, { raw: { width: side, height: side, channels: 4 } }),
    expected: (x) => 255 + ((200 - 255) * (255 - x)) / 255,
  };
}

const TRANSPARENT: Readonly<Record<string, [ImageFormat, (picture: Sharp) => Sharp, tolerance: number]>> = {
  PNG: ['png', (picture) => picture.png(), 1],
  'PNG of 16 bits': ['png', (picture) => picture.toColourspace('rgb16').png(), 2],
  'PNG, grey': ['png', (picture) => picture.toColourspace('b-w').png(), 1],
  // Its colours are few.
  'PNG with a palette': ['png', (picture) => picture.png({ palette: true, dither: 0 }), 8],
  'WebP, lossless': ['webp', (picture) => picture.webp({ lossless: true }), 1],
  WebP: ['webp', (picture) => picture.webp({ quality: 90 }), 4],
};

for (const [name, [format, encode, tolerance]] of Object.entries(TRANSPARENT)) {
  test(`what is transparent is white: ${name}`, async () => {
    const { picture, expected } = fading();
    const image = await encode(picture).toBuffer();
    assert.equal((await sharp(image).metadata()).hasAlpha, true);
    for (const fit of ['stretch', 'letterbox', 'crop'] as const) {
      const pixels = await pixelsOf(image, format, { width: 256, height: 256, fit });
      for (let x = 0; x < 256; x++) {
        const found = pixels.subarray((100 * 256 + x) * 3, (100 * 256 + x) * 3 + 3);
        const distance = Math.max(...Array.from(found, (value) => Math.abs(value - expected(x))));
        assert.ok(distance <= tolerance, `${fit}, column ${x}: ${found} for ${expected(x)}`);
      }
    }
  });
}

test('a picture without transparency keeps its numbers, a letterboxed one its grey', async () => {
  const image = await (await cat()).resize(400, 200, { fit: 'fill' }).png().toBuffer();
  const expected = await sharp(image).raw().toBuffer();
  assert.deepEqual(Buffer.from(await asItIs(image, 'png')), expected);
  const boxed = await pixelsOf(image, 'png', { width: 400, height: 400, fit: 'letterbox' });
  assert.deepEqual([...boxed.subarray(0, 3)], [114, 114, 114]);
  assert.deepEqual(Buffer.from(boxed.subarray(100 * 400 * 3, 300 * 400 * 3)), expected);
});

test('CMYK becomes RGB as Pillow 12.3 makes it, with and without the marker of Adobe', async () => {
  const image = new Uint8Array(await readFile('e2e/media/cmyk.jpg'));
  const byPillow = [
    [0, 255, 255],
    [255, 0, 255],
    [255, 255, 0],
    [0, 0, 0],
    [127, 127, 127],
    [255, 255, 255],
    [187, 42, 119],
    [25, 101, 74],
  ];
  for (const file of [image, withoutAdobe(image)]) {
    const pixels = await asItIs(file, 'jpeg');
    for (const [patch, expected] of byPillow.entries()) {
      const at = (8 * 16 * byPillow.length + 16 * patch + 8) * 3;
      const found = [...pixels.subarray(at, at + 3)];
      const distance = Math.max(...found.map((value, i) => Math.abs(value - (expected[i] ?? 0))));
      assert.ok(distance <= 1, `patch ${patch}: ${found} for ${expected}`);
    }
  }
});

test('CMYK is turned upright, fitted and bounded as any other picture', async () => {
  const flat = await sharp({ create: { width: 200, height: 100, channels: 3, background: 'white' } })
    .toColourspace('cmyk')
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const { pixels, fitted } = await decode(
    flat,
    'jpeg',
    { width: 100, height: 100, fit: 'letterbox' },
    LIMITS,
  );
  assert.deepEqual(fitted?.inputRect, [0.25, 0, 0.5, 1]);
  assert.deepEqual([...pixels.subarray(0, 3)], [114, 114, 114]);
  assert.ok(pixels.subarray(150, 153).every((value) => value >= 250));
  await assert.rejects(decode(flat, 'jpeg', INPUT, { ...LIMITS, maxPixels: 19_999 }), UndecodableError);
});

/** Without the segment that states how Adobe's programs write colours. */
function withoutAdobe(image: Uint8Array): Uint8Array {
  const bytes = Buffer.from(image);
  const at = bytes.indexOf(Buffer.from([0xff, 0xee]));
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 2 + bytes.readUInt16BE(at + 2))]);
}

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#50a0c0' } });

for (const [width, height] of [
  [16_384, 3_662],
  [3_662, 16_384],
  [65_500, 916],
  [1, 65_500],
] as const) {
  test(`a picture of ${width}x${height} pixels is taken`, async () => {
    const image = await blank(width, height).jpeg().toBuffer();
    for (const fit of ['stretch', 'letterbox', 'crop'] as const) {
      const { pixels } = await decode(image, 'jpeg', { width: 300, height: 300, fit }, LIMITS);
      const middle = (150 * 300 + 150) * 3;
      const [red = 0, green = 0, blue = 0] = pixels.subarray(middle, middle + 3);
      const distance = Math.max(Math.abs(red - 0x50), Math.abs(green - 0xa0), Math.abs(blue - 0xc0));
      // A line of one pixel is all grey once it is letterboxed.
      if (width > 1 || fit !== 'letterbox') assert.ok(distance <= 3, `${fit}: ${red} ${green} ${blue}`);
    }
  });
}

test('more pixels a side than a JPEG can have, or more in all than allowed, are refused by the header', async () => {
  const wide = await blank(65_536, 2).png().toBuffer();
  await assert.rejects(pixelsOf(wide, 'png'), /At most 65535 pixels a side, the picture has 65536x2/);
  const large = await blank(16_384, 3_663).jpeg().toBuffer();
  await assert.rejects(pixelsOf(large, 'jpeg'), UndecodableError);
});
