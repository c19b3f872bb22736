import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distancePx, pinchZoom } from './pinchZoom.ts';
import { pointInPicture } from './pointInPicture.ts';

const ZOOM = { min: 1, max: 8, step: 0.1 };

test('two fingers twice as far apart double the zoom, half as far halve it, within its range', () => {
  assert.equal(distancePx({ x: 0, y: 0 }, { x: 30, y: 40 }), 50);
  assert.equal(pinchZoom(ZOOM, 2, 100, 200), 4);
  assert.equal(pinchZoom(ZOOM, 2, 100, 50), 1);
  assert.equal(pinchZoom(ZOOM, 6, 100, 300), 8);
  assert.equal(pinchZoom(ZOOM, 1, 100, 20), 1);
});

test('the zoom moves in the camera’s steps, and stays for fingers that began in one place', () => {
  assert.equal(pinchZoom(ZOOM, 1, 100, 133), 1.3);
  assert.equal(pinchZoom({ min: 100, max: 400, step: 1 }, 100, 90, 120), 133);
  assert.equal(pinchZoom(ZOOM, 3, 0, 120), 3);
});

test('a tap is in 0..1 of the camera’s picture: cropped by the window, and mirrored', () => {
  // 1280x720 covering 390x844: 1500 pixels wide, of which the middle is seen.
  const content = { x: -555, y: 0, width: 1_500, height: 844 };
  assert.deepEqual(pointInPicture({ x: 195, y: 422 }, content, false), { x: 0.5, y: 0.5 });
  assert.deepEqual(pointInPicture({ x: 0, y: 0 }, content, false), { x: 0.37, y: 0 });
  assert.deepEqual(pointInPicture({ x: 0, y: 0 }, content, true), { x: 0.63, y: 0 });
});

test('a tap outside the picture is none', () => {
  assert.equal(pointInPicture({ x: 5, y: 5 }, { x: 10, y: 10, width: 100, height: 100 }, false), undefined);
  assert.equal(pointInPicture({ x: 5, y: 5 }, { x: 0, y: 0, width: 0, height: 0 }, false), undefined);
});
