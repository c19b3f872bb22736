import assert from 'node:assert/strict';
import test from 'node:test';
import { nextPictureScale } from './pictureScale.ts';

/** Scales of the pictures that follow, where one of full scale has this share of the largest size. */
function scales(start: number, shareAtFull: number, count: number): number[] {
  const found = [start];
  for (let i = 0; i < count; i++) {
    const scale = found.at(-1) ?? 1;
    found.push(nextPictureScale(scale, shareAtFull * scale ** 2));
  }
  return found;
}

test('shared pictures shrink until they can be relayed, and stay there without going back and forth', () => {
  for (const shareAtFull of [0.5, 1, 1.01, 1.5, 2, 5, 20]) {
    const found = scales(1, shareAtFull, 20);
    const last = found.at(-1) ?? 0;
    assert.ok(shareAtFull * last ** 2 <= 1, `${shareAtFull}: ${last}`);
    assert.equal(found.at(-2), last, `${shareAtFull}`);
  }
});

test('they grow again once a simpler view makes smaller files', () => {
  const small = scales(1, 5, 20).at(-1) ?? 1;
  assert.ok(small < 0.5);
  assert.equal(scales(small, 0.3, 10).at(-1), 1);
});

test('a picture that no one asked for says nothing about its size', () => {
  assert.equal(nextPictureScale(0.64, undefined), 0.64);
});
