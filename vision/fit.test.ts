import assert from 'node:assert/strict';
import test from 'node:test';
import { boxInPicture } from './fit.ts';

test('a box of the input is where the part that was seen has it', () => {
  // The middle half of the picture, in the lower three quarters of the input.
  const fitted = { part: [0.25, 0, 0.5, 1], inputRect: [0, 0.25, 1, 0.75] } as const;
  assert.deepEqual(boxInPicture([0, 0.25, 1, 0.75], fitted), [0.25, 0, 0.5, 1]);
  assert.deepEqual(boxInPicture([0.5, 0.625, 0.25, 0.375], fitted), [0.5, 0.5, 0.125, 0.5]);
  // What the model sees in what surrounds the picture lies outside of it.
  const [, top] = boxInPicture([0, 0, 1, 0.25], fitted);
  assert.ok(Math.abs(top + 1 / 3) < 1e-12);
});
