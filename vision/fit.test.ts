import assert from 'node:assert/strict';
import test from 'node:test';
import { boxInPicture, placedInPicture } from './fit.ts';

test('a box of the input is where the part that was seen has it', () => {
  // The middle half of the picture, in the lower three quarters of the input.
  const fitted = { part: [0.25, 0, 0.5, 1], inputRect: [0, 0.25, 1, 0.75] } as const;
  assert.deepEqual(boxInPicture([0, 0.25, 1, 0.75], fitted), [0.25, 0, 0.5, 1]);
  assert.deepEqual(boxInPicture([0.5, 0.625, 0.25, 0.375], fitted), [0.5, 0.5, 0.125, 0.5]);
  // What the model sees in what surrounds the picture lies outside of it.
  const [, top] = boxInPicture([0, 0, 1, 0.25], fitted);
  assert.ok(Math.abs(top + 1 / 3) < 1e-12);
});

test('what encloses a thing moves with its box, and so does an area without one', () => {
  // The picture lies in the lower half of the input.
  const fitted = { part: [0, 0, 1, 1], inputRect: [0, 0.5, 1, 0.5] } as const;
  const outline = [[0, 0.5, 0.5, 0.5, 0.5, 1, 0, 1]];
  const placed = [[0, 0, 0.5, 0, 0.5, 1, 0, 1]];
  const thing = { box: [0, 0.5, 0.5, 0.5] as const, outline };
  assert.deepEqual(placedInPicture(thing, fitted), { box: [0, 0, 0.5, 1], outline: placed });
  assert.deepEqual(placedInPicture({ outline, share: 0.25 }, fitted), { outline: placed, share: 0.5 });
});
