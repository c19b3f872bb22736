import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { outlineInPicture } from '../fit.ts';
import { fillOutline, outlineIou } from './compareOutlines.ts';
import { boxOfOutline, outlineInBox, pointsOf, ringArea2, shapeOfOutline } from './outline.ts';
import { MAX_POINTS, simplifyOutline } from './simplifyOutline.ts';
import { traceMask } from './traceMask.ts';

const maskOf = (width: number, height: number, isOf: (x: number, y: number) => boolean) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height }, (_, at) =>
    isOf(at % width, Math.floor(at / width)) ? 255 : 0,
  ),
});

test('the outline of any mask encloses exactly the middles of its cells', () => {
  const masks = fc
    .record({ width: fc.integer({ min: 1, max: 14 }), height: fc.integer({ min: 1, max: 14 }) })
    .chain(({ width, height }) =>
      fc
        .uint8Array({ minLength: width * height, maxLength: width * height })
        .map((data) => ({ width, height, data })),
    );
  fc.assert(
    fc.property(masks, (mask) => {
      const outline = traceMask(mask);
      const filled = fillOutline(outline, mask.width, mask.height);
      assert.deepEqual(
        Array.from(filled),
        Array.from(mask.data, (value) => (value > 127 ? 1 : 0)),
      );
      assert.ok(outline.every((ring) => ring.every((value) => value >= 0 && value <= 1)));
    }),
    { numRuns: 1_000 },
  );
});

test('a mask of everything is the frame; a hole is a ring that runs the other way round', () => {
  assert.deepEqual(boxOfOutline(traceMask(maskOf(8, 6, () => true))), [0, 0, 1, 1]);
  const ring = traceMask(
    maskOf(20, 20, (x, y) => x > 2 && x < 17 && y > 2 && y < 17 && !(x > 7 && x < 12 && y > 7 && y < 12)),
  );
  assert.equal(ring.length, 2);
  const [outer = [], hole = []] = ring;
  assert.ok(ringArea2(outer) * ringArea2(hole) < 0);
  assert.deepEqual(traceMask(maskOf(5, 5, () => false)), []);
});

test('a part cuts the outline off at its very edge', () => {
  const part = { left: 2.25, top: 1.5, right: 6.75, bottom: 7.9 };
  const box = boxOfOutline(
    traceMask(
      maskOf(10, 10, () => true),
      part,
    ),
  );
  const expected = [0.225, 0.15, 0.45, 0.64];
  assert.ok(
    box?.every((side, at) => Math.abs(side - (expected[at] ?? 0)) < 1e-9),
    String(box),
  );
  assert.deepEqual(
    traceMask(
      maskOf(10, 10, () => true),
      { ...part, right: 2.3 },
    ),
    [],
  );
});

test('a simplified circle has few points and the same area to a hundredth; no outline is longer than allowed', () => {
  const circle = traceMask(maskOf(160, 160, (x, y) => Math.hypot(x - 79.5, y - 79.5) < 60));
  const simpler = simplifyOutline(circle, { tolerance: 0.75 / 160 });
  assert.ok(pointsOf(simpler) < 40, `${pointsOf(simpler)} points`);
  assert.ok(outlineIou(circle, simpler) > 0.985);
  const noise = traceMask(maskOf(160, 160, (x, y) => (x * 7 + y * 13 + ((x * y) % 5)) % 3 === 0));
  const few = simplifyOutline(noise, { tolerance: 0.5 / 160 });
  assert.ok(pointsOf(few) <= MAX_POINTS && pointsOf(few) > 0);
  const bytes = JSON.stringify(few.map((ring) => ring.map((value) => Number(value.toFixed(4))))).length;
  assert.ok(bytes < 3_500, `${bytes} bytes`);
});

test('a speck is left out, and what is of no area', () => {
  const mask = maskOf(100, 100, (x, y) => (x < 50 && y < 50) || (x === 90 && y === 90));
  assert.equal(traceMask(mask).length, 2);
  assert.equal(simplifyOutline(traceMask(mask), { tolerance: 0.005 }).length, 1);
  assert.deepEqual(simplifyOutline([[0.1, 0.1, 0.2, 0.1, 0.3, 0.1]], { tolerance: 0.001 }), []);
});

test('an outline moves with its box, and from the input to the picture, where it ends', () => {
  const outline = [[0.2, 0.2, 0.6, 0.2, 0.6, 0.8]];
  const shape = shapeOfOutline(outline, [0.2, 0.2, 0.4, 0.6]);
  assert.deepEqual(
    outlineInBox(shape, [0, 0, 0.2, 0.3])
      .flat()
      .map((value) => Number(value.toFixed(9))),
    [0, 0, 0.2, 0, 0.2, 0.3],
  );
  const fitted = { part: [0, 0, 1, 1], inputRect: [0.25, 0, 0.5, 1] } as const;
  assert.deepEqual(
    outlineInPicture(outline, fitted)
      .flat()
      .map((value) => Number(value.toFixed(9))),
    [0, 0.2, 0.7, 0.2, 0.7, 0.8],
  );
});
