import assert from 'node:assert/strict';
import test from 'node:test';
import { repeat } from './repeat.ts';

test('work that takes longer than the time between is not begun again before it ends, and not after it is over', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const ends: (() => void)[] = [];
  const end = repeat(() => new Promise((resolve) => ends.push(resolve)), 1_000);
  assert.equal(ends.length, 1, 'at once');
  t.mock.timers.tick(10_000);
  assert.equal(ends.length, 1);
  ends[0]?.();
  await Promise.resolve();
  t.mock.timers.tick(1_000);
  assert.equal(ends.length, 2);
  end();
  ends[1]?.();
  await Promise.resolve();
  t.mock.timers.tick(10_000);
  assert.equal(ends.length, 2);
});
