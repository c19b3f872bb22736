import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { boxInPicture, fitPicture } from './fit.ts';
import type { Box } from './geometry.ts';

const side = fc.integer({ min: 8, max: 4_000 });
const size = fc.record({ width: side, height: side });
const crop = fc.double({ min: 0.1, max: 1, noNaN: true });
const near = (a: readonly number[], b: readonly number[], tolerance = 1e-6) =>
  assert.ok(
    a.every((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) <= tolerance),
    `${a} is not ${b}`,
  );
const inside = ([x, y, width, height]: Box) =>
  assert.ok(x >= -1e-9 && y >= -1e-9 && x + width <= 1 + 1e-9 && y + height <= 1 + 1e-9);

test('what is seen keeps its shape, lies in the middle and reaches two sides, cropped or letterboxed', () => {
  fc.assert(
    fc.property(size, size, fc.constantFrom('crop' as const, 'letterbox' as const), (picture, input, fit) => {
      const { part, place } = fitPicture(picture, { ...input, fit });
      inside(part);
      inside(place);
      const scaleX = (place[2] * input.width) / (part[2] * picture.width);
      const scaleY = (place[3] * input.height) / (part[3] * picture.height);
      near([scaleX / scaleY], [1]);
      near([part[0] * 2 + part[2], part[1] * 2 + part[3]], [1, 1]);
      const [inner, outer] = fit === 'crop' ? [part, place] : [place, part];
      near([Math.max(inner[2], inner[3])], [1]);
      assert.deepEqual(outer, [0, 0, 1, 1]);
    }),
  );
});

test('a crop of 224 of 256 pixels is the middle 0.875 of the shorter side', () => {
  const { part } = fitPicture(
    { width: 640, height: 480 },
    { width: 224, height: 224, fit: 'crop', crop: 0.875 },
  );
  near(part, [(1 - 0.65625) / 2, (1 - 0.875) / 2, 0.65625, 0.875]);
});

test('stretched, each axis is seen whole', () => {
  const fitted = fitPicture({ width: 640, height: 480 }, { width: 300, height: 300, fit: 'stretch' });
  assert.deepEqual(boxInPicture([0.1, 0.2, 0.3, 0.4], fitted), [0.1, 0.2, 0.3, 0.4]);
});

test('a box of the input is where it belongs in the picture', () => {
  fc.assert(
    fc.property(
      size,
      size,
      crop,
      fc.constantFrom('stretch', 'crop', 'letterbox'),
      (picture, input, share, fit) => {
        const fitted = fitPicture(picture, { ...input, fit, crop: share });
        near(boxInPicture(fitted.place, fitted), fitted.part);
      },
    ),
  );
});
