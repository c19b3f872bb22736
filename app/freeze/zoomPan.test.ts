import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_ZOOM, panBy, type Zoom, zoomAt, zoomed } from './zoomPan.ts';

const VIEWPORT = { width: 390, height: 600 };
/** A wide picture in a tall window. */
const CONTENT = { x: 0, y: 150, width: 390, height: 300 };

test('the point under the fingers stays there', () => {
  const point = { x: 200, y: 320 };
  const zoom = zoomAt(NO_ZOOM, 3, point, CONTENT, VIEWPORT);
  assert.equal(zoom.scale, 3);
  const rect = zoomed(CONTENT, zoom);
  const share = { x: (point.x - rect.x) / rect.width, y: (point.y - rect.y) / rect.height };
  assert.ok(Math.abs(share.x - 200 / 390) < 1e-9);
  assert.ok(Math.abs(share.y - 170 / 300) < 1e-9);
});

test('all the way out, the picture is where it was, whatever was done before', () => {
  const zoom = panBy(
    zoomAt(NO_ZOOM, 4, { x: 10, y: 500 }, CONTENT, VIEWPORT),
    { x: 90, y: -70 },
    CONTENT,
    VIEWPORT,
  );
  assert.deepEqual(zoomAt(zoom, 0.001, { x: 0, y: 0 }, CONTENT, VIEWPORT), NO_ZOOM);
  assert.deepEqual(panBy(NO_ZOOM, { x: 50, y: 50 }, CONTENT, VIEWPORT), NO_ZOOM);
});

test('however it is magnified and moved: no gap beside the picture, in the middle where it is smaller, never too large', () => {
  const number = (max: number) => fc.double({ min: -max, max, noNaN: true });
  const step = fc.oneof(
    fc.record({ factor: fc.double({ min: 0.2, max: 5, noNaN: true }), x: number(600), y: number(600) }),
    fc.record({ factor: fc.constant(undefined), x: number(900), y: number(900) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let zoom: Zoom = NO_ZOOM;
      for (const { factor, x, y } of steps) {
        zoom =
          factor === undefined
            ? panBy(zoom, { x, y }, CONTENT, VIEWPORT)
            : zoomAt(zoom, factor, { x, y }, CONTENT, VIEWPORT);
        const rect = zoomed(CONTENT, zoom);
        assert.ok(zoom.scale >= 1 && zoom.scale <= 8);
        for (const [start, length, room] of [
          [rect.x, rect.width, VIEWPORT.width],
          [rect.y, rect.height, VIEWPORT.height],
        ] as const) {
          if (length <= room) assert.ok(Math.abs(start - (room - length) / 2) < 1e-6);
          else assert.ok(start <= 1e-6 && start + length >= room - 1e-6);
        }
      }
    }),
  );
});
