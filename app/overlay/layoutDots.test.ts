import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RectPx } from '../../vision/geometry.ts';
import { intersect } from './freeSpace.ts';
import { DOT_PX, type DotsLayout, type DottedBox, layoutDots } from './layoutDots.ts';

const BOUNDS = { x: 8, y: 8, width: 374, height: 828 };
const NONE: DotsLayout = new Map();
const space = (...taken: RectPx[]) => ({ bounds: BOUNDS, taken, gapPx: 0 });
const overlap = (a: RectPx, b: RectPx) => {
  const { width, height } = intersect(a, b);
  return width > 0.01 && height > 0.01;
};

test('a dot stands in the middle of its thing, else elsewhere on it', () => {
  const seen = { x: 100, y: 100, width: 100, height: 200 };
  const middle = { x: 150 - DOT_PX / 2, y: 200 - DOT_PX / 2, width: DOT_PX, height: DOT_PX };
  assert.deepEqual(layoutDots([{ id: 1, seen }], space(), NONE).get(1)?.rect, middle);
  const aside = layoutDots([{ id: 1, seen }], space(middle), NONE).get(1)?.rect;
  assert.ok(aside && !overlap(aside, middle) && overlap(aside, seen));
});

test('a dot that gave way stays where it is when its place is free again', () => {
  const seen = { x: 100, y: 100, width: 100, height: 200 };
  const before = layoutDots([{ id: 1, seen }], space({ x: 130, y: 180, width: 40, height: 40 }), NONE);
  assert.deepEqual(layoutDots([{ id: 1, seen }], space(), before), before);
});

test('whatever there is: no dot over another, a name or a control, all within the bounds, and a small move moves it little', () => {
  const rect = fc.record({
    x: fc.integer({ min: 8, max: 350 }),
    y: fc.integer({ min: 8, max: 780 }),
    width: fc.integer({ min: 1, max: 200 }),
    height: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(rect, { maxLength: 40 }), fc.array(rect, { maxLength: 6 }), (boxes, taken) => {
      const things = (by: number): DottedBox[] =>
        boxes.map((box, id) => ({ id, seen: intersect({ ...box, x: box.x + by }, BOUNDS) }));
      const first = layoutDots(things(0), space(...taken), NONE);
      const next = layoutDots(things(1), space(...taken), first);
      for (const layout of [first, next]) {
        const rects = [...layout.values()].map((dot) => dot.rect);
        rects.forEach((dot, index) => {
          assert.ok(dot.x >= 8 && dot.y >= 8 && dot.x + DOT_PX <= 382.01 && dot.y + DOT_PX <= 836.01);
          for (const other of [...taken, ...rects.slice(index + 1)]) assert.ok(!overlap(dot, other));
        });
      }
      for (const [id, { rect: after, place }] of next) {
        const before = first.get(id);
        if (before?.place === undefined || before.place !== place) continue;
        assert.ok(Math.hypot(after.x - before.rect.x, after.y - before.rect.y) <= 1.01);
      }
    }),
  );
});
