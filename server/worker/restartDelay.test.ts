import assert from 'node:assert/strict';
import test from 'node:test';
import { createRestartDelay } from './restartDelay.ts';

test('a process that dies young again and again is started after growing delays, one that lived at once', () => {
  const delayAfter = createRestartDelay();
  assert.deepEqual([delayAfter(50), delayAfter(50), delayAfter(50), delayAfter(50)], [0, 0, 200, 400]);
  assert.equal(delayAfter(60_000), 0);
  assert.equal(delayAfter(50), 0);
  for (let i = 0; i < 20; i++) delayAfter(50);
  assert.equal(delayAfter(50), 10_000);
});

test('what is killed from outside may be so more often in a row', () => {
  const delayAfter = createRestartDelay(5);
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(delayAfter), [0, 0, 0, 0, 0, 200, 400]);
});
