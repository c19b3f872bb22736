import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movedDown } from './freeSpace.ts';

const bounds = { x: 0, y: 0, width: 400, height: 300 };
const stack = { x: 10, y: 50, width: 200, height: 60 };
const down = (...taken: (typeof stack)[]) => movedDown(stack, { bounds, taken, gapPx: 8 });

test('with nothing in its way, or only besideIt it, above it and below it, it stays', () => {
  assert.deepEqual(down(), stack);
  const besideIt = { x: 210, y: 50, width: 50, height: 60 };
  const above = { x: 0, y: 0, width: 400, height: 50 };
  const below = { x: 0, y: 110, width: 400, height: 40 };
  assert.deepEqual(down(below, besideIt, above), stack);
});

test('it goes below what is in its way, and below what is in its way there, in whatever order they come', () => {
  const first = { x: 100, y: 40, width: 20, height: 30 };
  const second = { x: 0, y: 120, width: 50, height: 40 };
  assert.equal(down(first).y, 78);
  assert.equal(down(second, first).y, 168);
  assert.equal(down(first, second).y, 168);
});

test('where it would leave the bounds it stays', () => {
  assert.deepEqual(down({ x: 0, y: 60, width: 400, height: 180 }), stack);
});
