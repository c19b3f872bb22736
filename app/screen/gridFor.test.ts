import assert from 'node:assert/strict';
import test from 'node:test';
import { gridFor } from './gridFor.ts';

const WIDE = 4 / 3;
const TALL = 9 / 16;
const PROJECTOR = { width: 1920, height: 1030 };
const PHONE = { width: 374, height: 760 };

test('the grid is the one in which pictures are largest', () => {
  for (const [aspects, wall, expected] of [
    [[WIDE], PROJECTOR, { columns: 1, rows: 1 }],
    [[WIDE, WIDE], PROJECTOR, { columns: 2, rows: 1 }],
    [[WIDE, WIDE, WIDE, WIDE], PROJECTOR, { columns: 2, rows: 2 }],
    // Phones that are held upright stand side by side.
    [[TALL, TALL, TALL, TALL], PROJECTOR, { columns: 4, rows: 1 }],
    [Array.from({ length: 16 }, () => WIDE), PROJECTOR, { columns: 4, rows: 4 }],
    [[WIDE, WIDE], PHONE, { columns: 1, rows: 2 }],
  ] as const) {
    assert.deepEqual(
      gridFor(aspects, wall, 8),
      expected,
      `${aspects.length} in ${wall.width}x${wall.height}`,
    );
  }
});

test('a wall without a size, or without cameras, has a grid as well', () => {
  assert.deepEqual(gridFor([], PROJECTOR, 8), { columns: 1, rows: 1 });
  assert.deepEqual(gridFor([WIDE, WIDE], { width: 0, height: 0 }, 8), { columns: 1, rows: 2 });
});
