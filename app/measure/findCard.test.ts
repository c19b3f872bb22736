import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { drawFlash } from '../../e2e/footage/flashes.ts';
import { findCard, type GreyPicture } from './findCard.ts';
import type { FlashCode } from './flashCode.ts';

const SIZE = 800;
const CODES: FlashCode[] = [
  { clockMs: 0, picture: 0 },
  { clockMs: 65_535, picture: 3 },
  { clockMs: 12_345, picture: 1 },
  { clockMs: 43_690, picture: 2 },
];

/** What a camera makes of it: turned, smaller, blurred, compressed, in a room. */
async function seen(
  card: Buffer,
  {
    turnDeg = 0,
    side = 200,
    blur = 0.6,
    room = '#6b6660',
  }: Partial<Record<'turnDeg' | 'side' | 'blur', number>> & { room?: string },
): Promise<GreyPicture> {
  const screen = await sharp(card)
    .resize(side)
    .extend({ top: 20, bottom: 20, left: 90, right: 90, background: '#000' })
    .png()
    .toBuffer();
  const turned = await sharp(screen).rotate(turnDeg, { background: room }).png().toBuffer();
  const jpeg = await sharp({ create: { width: 640, height: 480, channels: 3, background: room } })
    .composite([{ input: turned, gravity: 'centre' }])
    .blur(blur)
    .jpeg({ quality: 70 })
    .toBuffer();
  const { data, info } = await sharp(jpeg)
    .resize(320)
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

test('the card is read at any angle that a hand holds a phone, small, blurred and compressed', async () => {
  for (const code of CODES) {
    const card = await drawFlash(code, SIZE);
    for (const turnDeg of [0, 7, -12, 20, 90, 180, 270]) {
      const found = findCard(await seen(card, { turnDeg, side: 250 }));
      assert.deepEqual(found?.code, code, `turned by ${turnDeg} degrees`);
    }
    assert.deepEqual(findCard(await seen(card, { side: 340, blur: 2 }))?.code, code, 'blurred');
    assert.deepEqual(
      findCard(await seen(card, { side: 250, room: '#e8e4dc' }))?.code,
      code,
      'in a bright room',
    );
  }
});

test('a card that is where it was before is read without a search', async () => {
  const [first, second] = await Promise.all(CODES.slice(0, 2).map((code) => drawFlash(code, SIZE)));
  assert.ok(first && second && CODES[1]);
  const before = findCard(await seen(first, {}));
  assert.ok(before);
  const after = findCard(await seen(second, {}), before.corners);
  assert.deepEqual(after, { code: CODES[1], corners: before.corners });
});

test('a card that moved is found again', async () => {
  const [code] = CODES;
  assert.ok(code);
  const card = await drawFlash(code, SIZE);
  const before = findCard(await seen(card, { side: 250 }));
  assert.deepEqual(findCard(await seen(card, { side: 160 }), before?.corners)?.code, code);
});

test('two flashes in one picture, as a slow shutter sees them, read as nothing', async () => {
  const [one, other] = await Promise.all(
    [CODES[0], CODES[1]].map(async (code) => seen(await drawFlash(code as FlashCode, SIZE), { side: 250 })),
  );
  assert.ok(one && other);
  const mixed = one.pixels.map((value, index) => (value + (other.pixels[index] ?? 0)) / 2);
  assert.equal(findCard({ ...one, pixels: mixed }), undefined);
});

test('no card is found where there is none', async () => {
  for (const file of ['cat.png', 'cup.png', 'crowd.jpg', 'rocket.jpg', 'astronaut.png']) {
    const { data, info } = await sharp(`e2e/media/${file}`)
      .resize(320)
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.equal(findCard({ pixels: data, width: info.width, height: info.height }), undefined, file);
  }
});
