import assert from 'node:assert/strict';
import test from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { photo } from '../testing/media.ts';
import { decode, UndecodableError } from './decode.ts';
import { isPlainJpeg } from './plainJpeg.ts';

const INPUT = { width: 120, height: 120, fit: 'stretch' } as const;

const cat = async () =>
  sharp(await photo('cat.png'))
    .resize(120, 120, { fit: 'fill' })
    .flatten();

/** The encodings of a picture of exactly the model's size, and whether its headers say all that there is to know of it. */
const ENCODINGS: Readonly<Record<string, [isPlain: boolean, encode: (picture: Sharp) => Sharp]>> = {
  'as canvases encode it': [true, (picture) => picture.jpeg({ quality: 70 })],
  'as the page encodes it': [true, (picture) => picture.jpeg({ quality: 90, chromaSubsampling: '4:4:4' })],
  progressive: [true, (picture) => picture.jpeg({ progressive: true })],
  'to be turned': [false, (picture) => picture.jpeg().withMetadata({ orientation: 6 })],
  'to be mirrored': [false, (picture) => picture.jpeg().withMetadata({ orientation: 2 })],
  grey: [false, (picture) => picture.toColourspace('b-w').jpeg()],
  'in inks': [false, (picture) => picture.toColourspace('cmyk').jpeg()],
  'of another size': [false, (picture) => picture.resize(64, 80, { fit: 'fill' }).jpeg()],
};

const encoded = async (encode: (picture: Sharp) => Sharp): Promise<Uint8Array> =>
  new Uint8Array(await encode(await cat()).toBuffer());

/** What becomes of a frame, and of the same picture where no one has fitted it: without a word, where it is refused. */
async function bothWays(image: Uint8Array): Promise<(Uint8Array | 'refused')[]> {
  const outcome = (isFitted: boolean) =>
    decode(image, 'jpeg', INPUT, { maxPixels: 100_000, isFitted }).then(
      ({ pixels }) => new Uint8Array(pixels),
      (error: unknown) => {
        assert.ok(error instanceof UndecodableError, String(error));
        return 'refused' as const;
      },
    );
  return [await outcome(true), await outcome(false)];
}

for (const [name, [isPlain, encode]] of Object.entries(ENCODINGS)) {
  test(`a frame becomes the same pixels, with its headers read once or twice: ${name}`, async () => {
    const image = await encoded(encode);
    assert.equal(isPlainJpeg(image, INPUT), isPlain);
    const [fitted, any] = await bothWays(image);
    assert.notEqual(any, 'refused');
    assert.deepEqual(fitted, any);
  });

  test(`a frame that was cut or changed becomes the same, or is refused both times: ${name}`, async () => {
    const image = await encoded(encode);
    let random = 7;
    const next = (below: number) => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((random / 2 ** 32) * below);
    };
    for (let round = 0; round < 40; round++) {
      const changed = image.slice(0, round % 2 === 0 ? image.length : next(image.length));
      for (let change = 0; change < 3 && changed.length > 0; change++) {
        changed[next(Math.min(changed.length, 700))] = next(256);
      }
      const [fitted, any] = await bothWays(changed);
      assert.deepEqual(fitted, any, `round ${round}`);
    }
  });
}

test('a frame with more pixels than allowed is refused by its headers', async () => {
  const image = await encoded((picture) => picture.jpeg());
  await assert.rejects(decode(image, 'jpeg', INPUT, { maxPixels: 14_000, isFitted: true }), /pixel limit/);
});

test('no bytes are too few', async () => {
  const image = await encoded((picture) => picture.jpeg());
  for (let length = 0; length < 700; length++) isPlainJpeg(image.subarray(0, length), INPUT);
  assert.equal(isPlainJpeg(new Uint8Array(), INPUT), false);
});
