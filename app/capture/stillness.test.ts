import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { changeBetween, lumaGrid } from './stillness.ts';

const SIZE_PX = 300;
const MEDIA = fileURLToPath(new URL('../../e2e/media/', import.meta.url));

async function photo(name: string): Promise<Uint8ClampedArray> {
  const { data } = await sharp(path.join(MEDIA, name))
    .resize(SIZE_PX, SIZE_PX, { fit: 'fill' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return new Uint8ClampedArray(data);
}

const grid = (pixels: Uint8ClampedArray) => lumaGrid(pixels, SIZE_PX, SIZE_PX);

const noises = new Map<number, Float32Array>();

/** Normal noise (Box and Muller's) of one level from a fixed seed, in each channel; made once, for it takes longer than all else. */
function noise(seed: number): Float32Array {
  const known = noises.get(seed);
  if (known) return known;
  let state = seed;
  const random = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const values = Float32Array.from(
    { length: SIZE_PX * SIZE_PX * 4 },
    () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()),
  );
  noises.set(seed, values);
  return values;
}

function noisy(pixels: Uint8ClampedArray, levels: number, seed: number): Uint8ClampedArray {
  const added = noise(seed);
  return pixels.map((value, at) => value + levels * (added[at] ?? 0));
}

/** The same pixels, moved to the right. */
function shifted(pixels: Uint8ClampedArray, byPx: number): Uint8ClampedArray {
  const moved = new Uint8ClampedArray(pixels);
  for (let y = 0; y < SIZE_PX; y += 1) {
    const row = y * SIZE_PX * 4;
    moved.set(pixels.subarray(row, row + (SIZE_PX - byPx) * 4), row + byPx * 4);
  }
  return moved;
}

/** A square of a few pixels in the middle, darker by `levels`. */
function withSpot(pixels: Uint8ClampedArray, xPx: number, sidePx: number, levels: number): Uint8ClampedArray {
  const spotted = new Uint8ClampedArray(pixels);
  for (let y = 150; y < 150 + sidePx; y += 1) {
    for (let x = xPx; x < xPx + sidePx; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        const at = (y * SIZE_PX + x) * 4 + channel;
        const level = spotted[at] ?? 0;
        spotted[at] = level + (level > 128 ? -levels : levels);
      }
    }
  }
  return spotted;
}

for (const name of ['cat.png', 'cup.png', 'astronaut.png', 'rocket.jpg']) {
  test(`${name}: a camera's noise is no change`, async () => {
    const pixels = await photo(name);
    for (const levels of [2, 6, 12]) {
      for (let seed = 1; seed <= 10; seed += 1) {
        const change = changeBetween(
          grid(noisy(pixels, levels, seed)),
          grid(noisy(pixels, levels, seed + 100)),
        );
        assert.equal(change, undefined, `noise of ${levels} levels, seed ${seed}`);
      }
    }
  });

  test(`${name}: a camera that turns by a hundredth of the picture is a change, in noise too`, async () => {
    const pixels = await photo(name);
    assert.ok(changeBetween(grid(noisy(pixels, 4, 1)), grid(noisy(shifted(pixels, 3), 4, 2))));
  });

  test(`${name}: a spot of 12 x 12 pixels that comes, goes or moves is a change`, async () => {
    const pixels = await photo(name);
    for (const xPx of [100, 105, 148]) {
      const spotted = grid(withSpot(pixels, xPx, 12, 60));
      assert.ok(changeBetween(grid(pixels), spotted));
      assert.ok(changeBetween(spotted, grid(withSpot(pixels, xPx + 8, 12, 60))));
    }
  });
}

test('what changed is boxed from where a thing was to where it is, and nothing else is', async () => {
  const pixels = await photo('cup.png');
  const moved = changeBetween(
    grid(noisy(withSpot(pixels, 60, 20, 60), 6, 1)),
    grid(noisy(withSpot(pixels, 90, 20, 60), 6, 2)),
  );
  assert.deepEqual(
    moved?.map((side) => Math.round(side * 30)),
    [6, 15, 5, 2],
  );
});

test('another light changes all of a picture, and so does one of another size, or the first', async () => {
  const pixels = await photo('cup.png');
  const darker = grid(pixels.map((value) => value - 6));
  for (const before of [darker, undefined, lumaGrid(new Uint8ClampedArray(4 * 200 * 100), 200, 100)]) {
    assert.deepEqual(changeBetween(before, grid(pixels)), [0, 0, 1, 1]);
  }
});

test('light that slowly fades is a change once it is enough', async () => {
  const pixels = await photo('cup.png');
  const dimmer = (levels: number) => grid(pixels.map((value) => value - levels));
  assert.equal(changeBetween(grid(pixels), dimmer(1)), undefined);
  assert.ok(changeBetween(grid(pixels), dimmer(6)));
});
