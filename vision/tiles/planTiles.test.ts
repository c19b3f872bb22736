import assert from 'node:assert/strict';
import test from 'node:test';
import { planTiles } from './planTiles.ts';
import { tilePx } from './tilePx.ts';

const INPUT = { width: 300, height: 300 };

test('a picture gets the whole mirrored, four tiles and six, three of them along its longer side', () => {
  const tiles = planTiles({ width: 640, height: 480 }, INPUT);
  assert.equal(tiles.length, 11);
  assert.deepEqual(tiles[0], { part: [0, 0, 1, 1], isMirrored: true });
  assert.equal(tiles.filter(({ isMirrored }) => isMirrored).length, 1);
  const [wide, high] = [tiles, planTiles({ width: 480, height: 640 }, INPUT)].map((all) => all.at(-1)?.part);
  assert.ok((wide?.[2] ?? 1) < (wide?.[3] ?? 0));
  assert.ok((high?.[2] ?? 0) > (high?.[3] ?? 1));
});

test('tiles lie in the picture, cover it, and overlap by a quarter', () => {
  const picture = { width: 1013, height: 677 };
  const tiles = planTiles(picture, INPUT).slice(1);
  for (const grid of [tiles.slice(0, 4), tiles.slice(4)]) {
    const rects = grid.map(({ part }) => tilePx(part, picture));
    for (const { left, top, width, height } of rects) {
      assert.ok(left >= 0 && top >= 0 && left + width <= picture.width && top + height <= picture.height);
    }
    assert.equal(Math.max(...rects.map(({ left, width }) => left + width)), picture.width);
    assert.equal(Math.max(...rects.map(({ top, height }) => top + height)), picture.height);
    const [first, second] = rects;
    assert.ok(first && second);
    const shared = first.left + first.width - second.left;
    assert.ok(Math.abs(shared / first.width - 0.25) < 0.01);
  }
});

test('a picture with too few pixels to show more in tiles gets none', () => {
  const count = (side: number, input: number) =>
    planTiles({ width: side, height: side }, { width: input, height: input }).length;
  assert.equal(count(100, 300), 1);
  assert.equal(count(640, 1_280), 1);
  assert.equal(count(200, 300), 1);
  assert.equal(count(224, 300), 11);
  assert.equal(count(4_000, 640), 11);
});

test('a tile of a picture of one pixel is that pixel', () => {
  for (const { part } of planTiles({ width: 1, height: 1 }, { width: 1, height: 1 })) {
    assert.deepEqual(tilePx(part, { width: 1, height: 1 }), { left: 0, top: 0, width: 1, height: 1 });
  }
});
