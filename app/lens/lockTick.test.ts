import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LockTick } from './lockTick.ts';

const labels = (...ids: number[]) => ids.map((id) => ({ id }));

test('a thing ticks once, when it is steady, and not while it stays', () => {
  const tick = new LockTick();
  const ticks = [0, 100, 200, 300, 5_000, 9_000].map((nowMs) => tick.update(labels(1), nowMs));
  assert.deepEqual(ticks, [false, false, true, false, false, false]);
});

test('what flickers is not locked', () => {
  const tick = new LockTick();
  const seen = [labels(1), labels(1), labels(), labels(1), labels(1), labels()];
  assert.ok(!seen.some((now, at) => tick.update(now, 100 * at)));
});

test('several at once tick once, and those soon after not at all', () => {
  const tick = new LockTick();
  const ids: number[][] = [
    [1, 2],
    [1, 2],
    [1, 2, 3],
    [1, 2, 3],
    [1, 2, 3],
  ];
  const ticks = ids.map((now, at) => tick.update(labels(...now), 100 * at));
  assert.deepEqual(ticks, [false, false, true, false, false]);
  for (let at = 0; at < 2; at += 1) tick.update(labels(4), 3_000 + 100 * at);
  assert.equal(tick.update(labels(4), 3_200), true);
});
