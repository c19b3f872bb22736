import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import sharp from 'sharp';
import type { Resample, Step } from '../../protocol/steps.ts';
import { type Pixels, resized } from '../../vision/pixels.ts';
import { stepsOf } from '../../vision/steps.ts';
import { decode, UndecodableError } from '../inference/decode.ts';
import { type PhotoName, photo } from '../testing/media.ts';

const LIMITS = { maxPixels: 60_000_000, isFitted: false };

/** The input's own size is not read where it has steps. */
const carriedOut = (image: Uint8Array, steps: Step[], width = 1, height = 1) =>
  decode(image, 'png', { width, height, steps }, LIMITS);

const squash = (side: number, resample: Resample): Step => ({
  op: 'resize',
  width: side,
  height: side,
  resample,
});
const cut = (side: number): Step => ({ op: 'crop', width: side, height: side });

/** Steps of published models, and the SHA-256 (its first half of a half) of the pixels that Pillow 9.4 makes by them. */
const BY_PILLOW: readonly [
  what: string,
  Step[],
  Partial<Record<PhotoName, [size: string, sha256: string]>>,
][] = [
  [
    'bilinear, squashed (ViT)',
    [squash(224, 'antialiased')],
    { 'cat.png': ['224x224', 'af5cb2be868c96c1'], 'astronaut.png': ['224x224', '1b8467c224081c5f'] },
  ],
  [
    'bilinear, scaled and cut (MobileNet)',
    [{ op: 'resize', shortest: 256, resample: 'antialiased' }, cut(224)],
    { 'cat.png': ['224x224', 'd2380d7104e4d7d5'], 'astronaut.png': ['224x224', '647fb3f2ee4c4d6b'] },
  ],
  [
    'bicubic, scaled and cut (DINOv2)',
    [{ op: 'resize', shortest: 256, resample: 'bicubic' }, cut(224)],
    { 'cat.png': ['224x224', '914a836f03cb3b67'], 'astronaut.png': ['224x224', '9ffefd26366c3321'] },
  ],
  [
    'bicubic, squashed and cut (DeiT)',
    [squash(256, 'bicubic'), cut(224)],
    { 'cat.png': ['224x224', 'beeed985410ae81b'] },
  ],
  [
    'one axis shorter, one longer (ConvNeXT 384)',
    [squash(384, 'bicubic')],
    { 'cat.png': ['384x384', '57c085bae8351997'] },
  ],
  [
    'nearest, with pixels that lie between two (EfficientNet)',
    [squash(224, 'nearest')],
    { 'cat.png': ['224x224', '45bef609c9e71675'], 'astronaut.png': ['224x224', 'caf886854926e3ee'] },
  ],
  [
    'padded with a colour on two sides, cut on the others (timm, border)',
    [
      { op: 'resize', within: { width: 235, height: 235 }, resample: 'bicubic' },
      { op: 'pad', width: 224, height: 224, colour: [124, 116, 104] },
      cut(224),
    ],
    { 'cat.png': ['224x224', 'c512edbf2153ce7c'], 'astronaut.png': ['224x224', 'bcaad98088460349'] },
  ],
  [
    'bicubic, longer, sides multiples of 14 (Depth Anything)',
    [{ op: 'resize', towards: { width: 518, height: 518 }, multipleOf: 14, resample: 'bicubic' }],
    { 'cat.png': ['518x350', '33f3c7f22d280a12'], 'astronaut.png': ['518x518', '4c34c95aa7ea9175'] },
  ],
  [
    'bilinear, longer, its size follows the picture (DETR)',
    [{ op: 'resize', shortest: 800, longest: 1333, resample: 'antialiased' }],
    { 'cat.png': ['1202x800', '90aa17eec18c8cfe'], 'astronaut.png': ['800x800', 'ff2a37c9944ce31e'] },
  ],
  [
    'bilinear of four neighbours is the same where a picture gets longer (RT-DETR)',
    [squash(640, 'bilinear')],
    { 'cat.png': ['640x640', 'cb494d496c5d2e1d'], 'astronaut.png': ['640x640', 'd0df876a3ad20f9b'] },
  ],
];
for (const [what, steps, photos] of BY_PILLOW) {
  test(`each pixel is Pillow's: ${what}`, async () => {
    for (const [name, expected] of Object.entries(photos)) {
      const { pixels, size } = await carriedOut(await photo(name as PhotoName), steps);
      const sha256 = createHash('sha256').update(pixels).digest('hex').slice(0, 16);
      assert.deepEqual([`${size.width}x${size.height}`, sha256], expected, name);
    }
  });
}

const difference = (one: Uint8Array, other: Uint8Array) => {
  assert.equal(one.length, other.length);
  const distances = Array.from(one, (value, i) => Math.abs(value - (other[i] ?? 0)));
  return {
    mean: distances.reduce((sum, value) => sum + value, 0) / one.length,
    max: distances.reduce((most, value) => Math.max(most, value), 0),
  };
};

test('what a picture is cut to is what scaling the whole of it shows there', async () => {
  const image = await photo('cat.png');
  for (const resample of ['bilinear', 'antialiased', 'bicubic', 'lanczos', 'nearest'] as const) {
    for (const shortest of [120, 500]) {
      const scale: Step = { op: 'resize', shortest, resample };
      const { pixels, size } = await carriedOut(image, [scale]);
      const { pixels: part } = await carriedOut(image, [scale, cut(100)]);
      const left = Math.floor((size.width - 100) / 2);
      const top = Math.floor((size.height - 100) / 2);
      for (let y = 0; y < 100; y++) {
        const from = ((top + y) * size.width + left) * 3;
        const expected = Buffer.from(pixels.subarray(from, from + 300));
        assert.ok(
          expected.equals(part.subarray(y * 300, (y + 1) * 300)),
          `${resample}, ${shortest}, row ${y}`,
        );
      }
    }
  }
});

/** A picture that is the same from the left and from the right, from above and from below. */
async function symmetric(width: number, height: number): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [Math.min(x, width - 1 - x), Math.min(y, height - 1 - y)];
      data.fill((dx * dx * 7 + dy * 31) % 256, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

for (const resample of ['bilinear', 'antialiased', 'bicubic', 'lanczos'] as const) {
  test(`the middle stays in the middle when a picture is enlarged: ${resample}`, async () => {
    const { pixels } = await carriedOut(await symmetric(37, 20), [
      { op: 'resize', width: 100, height: 64, resample },
    ]);
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 100; x++) {
        const at = (y * 100 + x) * 3;
        const opposite = ((63 - y) * 100 + 99 - x) * 3;
        assert.ok(Math.abs((pixels[at] ?? 0) - (pixels[opposite] ?? 0)) <= 1, `${x}, ${y}`);
      }
    }
  });
}

test('one colour stays that colour to the edge, shorter or longer, with every kernel', async () => {
  const image = await sharp({ create: { width: 50, height: 40, channels: 3, background: '#c85a0a' } })
    .png()
    .toBuffer();
  for (const resample of ['bilinear', 'antialiased', 'bicubic', 'lanczos', 'nearest'] as const) {
    for (const side of [7, 45, 90]) {
      const { pixels } = await carriedOut(image, [squash(side, resample)]);
      for (let at = 0; at < pixels.length; at += 3) {
        assert.deepEqual([...pixels.subarray(at, at + 3)], [0xc8, 0x5a, 0x0a], `${resample}, ${side}`);
      }
    }
  }
});

test('a picture too large for the exact way is near it', async () => {
  const { data, info } = await sharp(await photo('astronaut.png'))
    .removeAlpha()
    .resize(1_280, 960, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const image = await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .png()
    .toBuffer();
  const whole: Pixels = { data, width: info.width, height: info.height };
  for (const resample of ['antialiased', 'bicubic', 'lanczos'] as const) {
    const { pixels } = await carriedOut(image, [squash(224, resample)]);
    const to = { width: 224, height: 224 };
    const exact = resized(whole, to, { left: 0, top: 0, ...to }, resample);
    const { mean, max } = difference(pixels, exact.data);
    assert.ok(mean <= 1 && max <= 16, `${resample}: ${mean} in the mean, ${max} at most`);
  }
});

test('fit and crop are the steps that they stand for', async () => {
  const image = await photo('cat.png');
  for (const fit of ['stretch', 'crop', 'letterbox'] as const) {
    const input = {
      width: 120,
      height: 90,
      fit,
      resample: 'antialiased',
      ...(fit === 'crop' && { crop: 0.8 }),
    } as const;
    const old = await decode(image, 'png', input, LIMITS);
    const now = await carriedOut(image, stepsOf(input), 120, 90);
    assert.deepEqual(old, now);
  }
});

test('a frame of the size of the input is taken as it is, whatever the steps', async () => {
  const frame = await sharp(await photo('cat.png'))
    .removeAlpha()
    .resize(64, 64, { fit: 'fill' })
    .png()
    .toBuffer();
  const steps = [squash(80, 'bicubic'), cut(64)];
  const input = { width: 64, height: 64, steps };
  const { pixels, fitted } = await decode(frame, 'png', input, { ...LIMITS, isFitted: true });
  assert.deepEqual(Buffer.from(pixels), await sharp(frame).raw().toBuffer());
  assert.equal(fitted, undefined);
  const { fitted: whenNot } = await decode(frame, 'png', input, LIMITS);
  assert.deepEqual(whenNot?.part, [0.1, 0.1, 0.8, 0.8]);
});

test('a picture that is turned on its side is upright before the first step', async () => {
  const side = await sharp(await symmetric(200, 100))
    .withMetadata({ orientation: 6 })
    .png()
    .toBuffer();
  const { size, fitted } = await carriedOut(side, [
    { op: 'resize', shortest: 50, resample: 'bicubic' },
    cut(50),
  ]);
  assert.deepEqual(size, { width: 50, height: 50 });
  assert.deepEqual(fitted?.part, [0, 0.25, 1, 0.5]);
});

test('steps that would make too much of a picture of an odd shape end with that picture', async () => {
  const line = await sharp({ create: { width: 1, height: 9_000, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const steps: Step[] = [{ op: 'resize', shortest: 8_192, resample: 'bicubic' }, squash(32, 'bicubic')];
  await assert.rejects(carriedOut(line, steps), (error: Error) => {
    assert.ok(error instanceof UndecodableError);
    assert.match(error.message, /would become 8192x73728000 pixels/);
    return true;
  });
  // What is cut from it at once is all that is computed.
  const { size } = await carriedOut(line, [{ op: 'resize', shortest: 8_192, resample: 'bicubic' }, cut(32)]);
  assert.deepEqual(size, { width: 32, height: 32 });
});
