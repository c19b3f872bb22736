import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameTimeMs } from './frameTime.ts';

test('the capture time counts where it is sane', () => {
  assert.equal(frameTimeMs(5000, 4970), 4970);
});

test('without one, or with one from another clock, the frame is of now', () => {
  assert.equal(frameTimeMs(5000, undefined), 5000);
  assert.equal(frameTimeMs(5000, 5001), 5000);
  assert.equal(frameTimeMs(5000, 12), 5000);
  assert.equal(frameTimeMs(5000, Number.NaN), 5000);
});
