import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOP_MS, PHOTOS, viewAt, WALL, type WallRect } from './demoScene.ts';

const ASPECTS = [16 / 9, 9 / 16];
const STEP_MS = 1000 / 30;

/** The part of the photo that is in the view, 0..1. */
function visible(photo: WallRect, view: WallRect): number {
  const overlap = (a: number, aSize: number, b: number, bSize: number) =>
    Math.max(0, Math.min(a + aSize, b + bSize) - Math.max(a, b));
  const width = overlap(photo.x, photo.width, view.x, view.width);
  return (width * overlap(photo.y, photo.height, view.y, view.height)) / (photo.width * photo.height);
}

test('the camera never sees beyond the wall, lying or upright', () => {
  for (const aspect of ASPECTS) {
    for (let timeMs = 0; timeMs < LOOP_MS; timeMs += STEP_MS) {
      const { x, y, width, height } = viewAt(timeMs, aspect);
      assert.ok(Math.abs(width / height - aspect) < 1e-9);
      assert.ok(x >= 0 && y >= 0 && x + width <= WALL.width && y + height <= WALL.height, `at ${timeMs} ms`);
    }
  }
});

test('both photos are in view in each loop, most of the time one of them', () => {
  for (const aspect of ASPECTS) {
    const seen = { cup: 0, cat: 0 };
    let frames = 0;
    for (let timeMs = 0; timeMs < LOOP_MS; timeMs += STEP_MS) {
      const view = viewAt(timeMs, aspect);
      frames += 1;
      if (visible(PHOTOS.cup, view) > 0.65) seen.cup += 1;
      if (visible(PHOTOS.cat, view) > 0.65) seen.cat += 1;
    }
    for (const count of Object.values(seen))
      assert.ok(count / frames > 0.35, JSON.stringify({ seen, frames }));
  }
});

test('nothing jumps from one frame to the next, where the loop begins again neither', () => {
  for (const aspect of ASPECTS) {
    for (let timeMs = 0; timeMs < 2 * LOOP_MS; timeMs += STEP_MS) {
      const one = viewAt(timeMs, aspect);
      const next = viewAt(timeMs + STEP_MS, aspect);
      for (const key of ['x', 'y', 'width'] as const) {
        assert.ok(Math.abs(next[key] - one[key]) < 30, `${key} at ${timeMs} ms`);
      }
    }
  }
});
