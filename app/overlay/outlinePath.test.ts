import assert from 'node:assert/strict';
import test from 'node:test';
import { outlinePath } from './outlinePath.ts';

const FRAME = { content: { x: 10, y: 20, width: 200, height: 100 }, mirrored: false };
const OUTLINE = [
  [0, 0, 1, 0, 1, 1],
  [0.5, 0.25, 0.75, 0.25, 0.75, 0.5],
];

test('each ring is closed, and a mirror swaps left and right', () => {
  assert.equal(
    outlinePath(OUTLINE, FRAME),
    'M10.0 20.0L210.0 20.0L210.0 120.0ZM110.0 45.0L160.0 45.0L160.0 70.0Z',
  );
  assert.match(outlinePath(OUTLINE, { ...FRAME, mirrored: true }), /^M210.0 20.0L10.0 20.0L10.0 120.0Z/);
});
