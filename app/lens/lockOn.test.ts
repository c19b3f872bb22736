import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Box } from '../../vision/geometry.ts';
import { followLock, lockOn } from './lockOn.ts';

const shown = (id: number, label: string, box: Box) => ({
  label: { id, label, score: 0.8, box: [...box] as [number, number, number, number] },
  box,
});
const CUP = shown(7, 'cup', [0.2, 0.2, 0.2, 0.2]);
const locked = () => lockOn(CUP.label, CUP.box, 0);

test('it follows the id, wherever the thing goes and whatever it is called then', () => {
  const moved = shown(7, 'bowl', [0.7, 0.7, 0.2, 0.2]);
  const lock = followLock(locked(), [shown(8, 'cup', CUP.box), moved], 100);
  assert.deepEqual([lock.label.id, lock.label.label, lock.box], [7, 'bowl', moved.box]);
});

test('a thing of the same name at the same place takes over when the id is gone', () => {
  const near = shown(31, 'cup', [0.22, 0.22, 0.2, 0.2]);
  const far = shown(30, 'cup', [0.6, 0.2, 0.2, 0.2]);
  assert.equal(followLock(locked(), [far, near], 1_000).label.id, 31);
});

test('nothing else takes over: another name, another place, or too late', () => {
  for (const [other, nowMs] of [
    [shown(31, 'cat', CUP.box), 100],
    [shown(31, 'cup', [0.6, 0.6, 0.2, 0.2]), 100],
    [shown(31, 'cup', CUP.box), 4_100],
  ] as const) {
    const lock = followLock(locked(), [other], nowMs);
    assert.equal(lock.label.id, 7);
  }
});

test('a short gap is none; after it the thing is out of sight, and back when it is seen again', () => {
  let lock = followLock(locked(), [], 600);
  assert.equal(lock.isInSight, true);
  lock = followLock(lock, [], 800);
  assert.equal(lock.isInSight, false);
  assert.equal(followLock(lock, [], 900), lock, 'nothing new');
  lock = followLock(lock, [CUP], 60_000);
  assert.equal(lock.isInSight, true);
});
