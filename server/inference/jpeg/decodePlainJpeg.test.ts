import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { build } from 'esbuild';
import sharp, { type Sharp } from 'sharp';
import { encodeJpeg } from '../../../app/capture/jpeg/encodeJpeg.ts';
import type { HuffmanTable } from '../../../app/capture/jpeg/huffmanTables.ts';
import { compileJpegDecoder } from '../../../scripts/jpegDecoder.ts';
import type { Size } from '../../../vision/steps.ts';
import { drawnJpeg, type Sampling } from '../../testing/drawnJpeg.ts';
import { type PhotoName, photo } from '../../testing/media.ts';
import { decode, decodeAsSent, UndecodableError } from '../decode.ts';
import { decodePlainJpeg } from './decodePlainJpeg.ts';

/** Multiples of 8 and of 16, and such as leave one or all but one of a block or of a unit; and smaller ones than a block. */
const SIZES = [
  [300, 300],
  [16, 16],
  [17, 23],
  [31, 9],
  [5, 7],
  [1, 1],
  [2, 3],
  [130, 65],
] as const;
const QUALITIES = [0.3, 0.7, 0.9, 1];

const scaled = async (name: PhotoName, width: number, height: number) =>
  sharp(await photo(name))
    .resize(width, height, { fit: 'fill' })
    .flatten();

async function pageFrame(picture: Sharp, size: Size, quality: number): Promise<Uint8Array> {
  const rgba = new Uint8ClampedArray(await picture.clone().ensureAlpha().raw().toBuffer());
  return encodeJpeg(rgba, { ...size, quality });
}

const bySharp = async (image: Uint8Array) => new Uint8Array(await sharp(image).raw().toBuffer());

/** Fails with the first pixel that differs: the lists themselves would take minutes to print. */
function assertSame(found: Uint8Array | undefined, expected: Uint8Array, width: number, what: string): void {
  assert.ok(found, `${what}: not taken`);
  assert.equal(found.length, expected.length, what);
  const at = found.findIndex((value, index) => value !== expected[index]);
  if (at < 0) return;
  const pixel = Math.floor(at / 3);
  assert.fail(
    `${what}: column ${pixel % width}, row ${Math.floor(pixel / width)}: ${found[at]} for ${expected[at]}`,
  );
}

/** The same numbers in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

for (const name of ['cat.png', 'cup.png', 'astronaut.png', 'rocket.jpg'] as const) {
  test(`frames of pages and of canvases have the pixels of sharp, to the bit: ${name}`, async () => {
    for (const [width, height] of SIZES) {
      const picture = await scaled(name, width, height);
      for (const quality of QUALITIES) {
        const own = await pageFrame(picture, { width, height }, quality);
        const what = `${width}x${height} at ${quality}`;
        assertSame(decodePlainJpeg(own, { width, height }), await bySharp(own), width, `page, ${what}`);
        for (const chromaSubsampling of ['4:4:4', '4:2:0'] as const) {
          for (const optimiseCoding of [true, false]) {
            const file = await picture
              .clone()
              .jpeg({ quality: quality * 100, chromaSubsampling, optimiseCoding })
              .toBuffer();
            const which = `${chromaSubsampling}${optimiseCoding ? ', tables of its own' : ''}, ${what}`;
            // Of colours this narrow libjpeg repeats samples instead of shading between them.
            if (chromaSubsampling === '4:2:0' && width <= 4) {
              assert.ok(decodePlainJpeg(file, { width, height }) === undefined, which);
              continue;
            }
            assertSame(decodePlainJpeg(file, { width, height }), await bySharp(file), width, which);
          }
        }
      }
    }
  });
}

const SAMPLINGS: Readonly<Record<string, Sampling>> = { '4:4:4': [1, 1], '4:2:2': [2, 1], '4:2:0': [2, 2] };

for (const [name, sampling] of Object.entries(SAMPLINGS)) {
  test(`any coefficients become the pixels of sharp, or are left to it: ${name}`, async () => {
    const random = seeded(39);
    let taken = 0;
    for (let round = 0; round < 150; round++) {
      const width = 5 + Math.floor(random() * 60);
      const height = 1 + Math.floor(random() * 60);
      const bits = 1 + Math.floor(random() * 9);
      const image = drawnJpeg(random, { width, height, sampling, bits, step: 1 + Math.floor(random() * 99) });
      const found = decodePlainJpeg(image, { width, height });
      if (found === undefined) continue;
      taken += 1;
      assertSame(found, await bySharp(image), width, `round ${round}, ${width}x${height}`);
    }
    // The others have values that no picture has.
    assert.ok(taken >= 75, `${taken} of 150`);
  });
}

/** Eight short codes, and all others of 16 bits. */
const deep = ({ symbols }: HuffmanTable) => ({
  counts: [...Array(8).fill(1), ...Array(7).fill(0), symbols.length - 8],
  symbols,
});
/** All codes of 11 bits: more beginnings of ten bits than the decoder has second tables for. */
const flat = ({ symbols }: HuffmanTable) => ({
  counts: Array.from({ length: 16 }, (_, at) => (at === 10 ? symbols.length : 0)),
  symbols,
});

test('codes of 16 bits become the pixels of sharp; more long codes than it has room for are left to it', async () => {
  const random = seeded(16);
  for (const sampling of Object.values(SAMPLINGS)) {
    for (let round = 0; round < 20; round++) {
      const picture = { width: 5 + round, height: 40 - round, sampling, bits: 6, step: 8 };
      const image = drawnJpeg(random, { ...picture, tableOf: deep });
      const found = decodePlainJpeg(image, picture);
      assertSame(found, await bySharp(image), picture.width, `${sampling}, round ${round}`);
    }
    const picture = { width: 24, height: 24, sampling, bits: 6, step: 8 };
    const image = drawnJpeg(random, { ...picture, tableOf: flat });
    assert.equal((await bySharp(image)).length, 24 * 24 * 3);
    assert.equal(decodePlainJpeg(image, picture), undefined);
  }
});

test('a profile of colours is passed over, as by sharp', async () => {
  const picture = await scaled('cat.png', 64, 64);
  const image = await picture.withIccProfile('p3').jpeg({ quality: 80 }).toBuffer();
  const { pixels } = await decode(image, 'jpeg', { width: 64, height: 64, fit: 'stretch' }, LIMITS(false));
  assertSame(decodePlainJpeg(image, { width: 64, height: 64 }), new Uint8Array(pixels), 64, 'P3');
});

test('pixels stay as they are when the next picture is decoded', async () => {
  const size = { width: 40, height: 30 };
  const images = await Promise.all(
    (['cat.png', 'cup.png'] as const).map(async (name) => pageFrame(await scaled(name, 40, 30), size, 0.9)),
  );
  const pixels = images.map((image) => decodePlainJpeg(image, size));
  for (const [at, image] of images.entries()) assertSame(pixels[at], await bySharp(image), 40, `${at}`);
});

/** What another decoder has to look at. */
const OTHERS: Readonly<Record<string, (picture: Sharp) => Sharp>> = {
  progressive: (picture) => picture.jpeg({ progressive: true }),
  grey: (picture) => picture.toColourspace('b-w').jpeg(),
  'in inks': (picture) => picture.toColourspace('cmyk').jpeg(),
  'with a word of how to turn it': (picture) => picture.jpeg().withMetadata({ orientation: 6 }),
  'of another size': (picture) => picture.resize(40, 48, { fit: 'fill' }).jpeg(),
  PNG: (picture) => picture.png(),
};

for (const [name, encode] of Object.entries(OTHERS)) {
  test(`what is not plain is not taken: ${name}`, async () => {
    const image = await encode(await scaled('cat.png', 48, 40)).toBuffer();
    assert.ok(decodePlainJpeg(image, { width: 48, height: 40 }) === undefined);
  });
}

test('what is too large to be decoded at once is not taken', async () => {
  const blank = (width: number) =>
    sharp({ create: { width, height: 1024, channels: 3, background: 'grey' } })
      .jpeg()
      .toBuffer();
  assert.ok(decodePlainJpeg(await blank(1024), { width: 1024, height: 1024 }));
  assert.ok(decodePlainJpeg(await blank(1025), { width: 1025, height: 1024 }) === undefined);
  const padded = new Uint8Array(2 * 1024 * 1024 + 1);
  assert.equal(decodePlainJpeg(padded, { width: 8, height: 8 }), undefined);
});

const LIMITS = (isFitted: boolean) => ({ maxPixels: 100_000, isFitted });
const SIDE = 48;
const INPUT = { width: SIDE, height: SIDE, fit: 'stretch' } as const;

/** Pixels, or that it is refused, in the words of the error. */
const outcomeOf = (image: Uint8Array, isFitted: boolean) =>
  decodedBy(image, isFitted).then(
    ({ pixels }) => Buffer.from(pixels).toString('latin1'),
    (error: unknown) => {
      assert.ok(error instanceof UndecodableError, String(error));
      return error.message;
    },
  );

/** Fitted ones as a worker decodes them. */
const decodedBy = async (image: Uint8Array, isFitted: boolean) =>
  (isFitted ? decodeAsSent(image, INPUT) : undefined) ?? decode(image, 'jpeg', INPUT, LIMITS(isFitted));

/** Frames as pages send them on a link with room, and on one without. */
const frames = async () => {
  const picture = await scaled('cup.png', SIDE, SIDE);
  return {
    page: await pageFrame(picture, INPUT, 0.9),
    canvas: new Uint8Array(await picture.jpeg({ quality: 70 }).toBuffer()),
  };
};

test('a frame that was cut is refused as by sharp, wherever it was cut', async () => {
  for (const [name, image] of Object.entries(await frames())) {
    for (let length = 0; length < image.length; length++) {
      const cut = image.subarray(0, length);
      assert.ok(decodePlainJpeg(cut, INPUT) === undefined, `${name}, ${length} of ${image.length} bytes`);
      if (length % 97 === 0) assert.equal(await outcomeOf(cut, true), await outcomeOf(cut, false));
    }
  }
});

test('each byte of the headers with other values: the pixels of sharp, or none', async () => {
  for (const [name, image] of Object.entries(await frames())) {
    const scanAt = Buffer.from(image).indexOf(Buffer.of(0xff, 0xda));
    for (let at = 0; at < scanAt + 14; at++) {
      const value = image[at] ?? 0;
      for (const other of [0, 1, 2, 0x0f, 0x7f, 0xff, value ^ 1, value ^ 0x10, value ^ 0x80]) {
        const changed = image.slice();
        changed[at] = other;
        const found = decodePlainJpeg(changed, INPUT);
        // Most changes of steps leave a picture: some of these are enough.
        if (found === undefined || (at + other) % 7 !== 0) continue;
        const expected = await outcomeOf(changed, false);
        assert.ok(Buffer.from(found).toString('latin1') === expected, `${name}, ${other} at ${at}`);
      }
    }
  }
});

test('a frame with random bytes in it becomes what sharp makes of it', async () => {
  const random = seeded(7);
  const below = (limit: number) => Math.floor(random() * limit);
  for (const [name, image] of Object.entries(await frames())) {
    for (let round = 0; round < 2_000; round++) {
      const changed = image.slice();
      const changes = 1 + below(3);
      for (let change = 0; change < changes; change++) changed[below(changed.length)] = below(256);
      const found = decodePlainJpeg(changed, INPUT);
      if (found) {
        const isSame = Buffer.from(found).toString('latin1') === (await outcomeOf(changed, false));
        assert.ok(isSame, `${name}, round ${round}`);
      } else if (round % 20 === 0) {
        assert.equal(
          await outcomeOf(changed, true),
          await outcomeOf(changed, false),
          `${name}, round ${round}`,
        );
      }
    }
  }
});

test('where WebAssembly gets no memory all is left to sharp, and it is asked once', async (t) => {
  const size = { width: 64, height: 64 };
  const image = await pageFrame(await scaled('cat.png', 64, 64), size, 0.9);
  // Another module of the same source, which has opened none yet. Loaded first: Node.js compiles TypeScript by WebAssembly.
  const { outputFiles } = await build({
    entryPoints: ['server/inference/jpeg/decodePlainJpeg.ts'],
    ...{ bundle: true, write: false, format: 'esm', platform: 'node' },
  });
  const script = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const without: { decodePlainJpeg: typeof decodePlainJpeg } = await import(
    `data:text/javascript;base64,${script}`
  );
  const asked = t.mock.method(WebAssembly, 'Instance', function none() {
    throw new RangeError('Out of memory: Cannot allocate Wasm memory for new instance');
  });
  assert.equal(without.decodePlainJpeg(image, size), undefined);
  assert.equal(without.decodePlainJpeg(image, size), undefined);
  assert.equal(asked.mock.callCount(), 1);
});

test('what is built in is the source, compiled', async () => {
  const builtIn = await readFile('server/inference/jpeg/jpegDecoderWasm.ts', 'utf8');
  // A checkout on Windows may end lines its own way.
  const isSame = builtIn.replaceAll('\r', '') === (await compileJpegDecoder());
  assert.ok(isSame, 'Run "node --import tsx scripts/jpegDecoder.ts", and commit what it writes.');
});

test('a table of codes that is defined twice is left to sharp: filling them takes longer than their bytes say', async () => {
  const size = { width: 64, height: 64 };
  const image = Buffer.from(await pageFrame(await scaled('cat.png', 64, 64), size, 0.9));
  const at = image.indexOf(Buffer.from([0xff, 0xc4]));
  const table = image.subarray(at, at + 2 + image.readUInt16BE(at + 2));
  const twice = Buffer.concat([image.subarray(0, at), table, image.subarray(at)]);
  assert.ok(decodePlainJpeg(image, size));
  assert.equal(decodePlainJpeg(twice, size), undefined);
  assert.deepEqual(await bySharp(twice), await bySharp(image));
});
