import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchRestraint } from './powerSaver.ts';

test('saving data and an empty battery slow down, a charging one does not', async () => {
  assert.equal(watchRestraint({}).intervalMs(), 0);
  assert.equal(watchRestraint({ connection: { saveData: true } }).intervalMs(), 250);
  const battery = { charging: false, level: 0.15 };
  const restraint = watchRestraint({ getBattery: async () => battery });
  await Promise.resolve();
  assert.equal(restraint.intervalMs(), 125);
  battery.charging = true;
  assert.equal(restraint.intervalMs(), 0);
});

test('a browser that refuses to tell of the battery is no trouble', async () => {
  const restraint = watchRestraint({ getBattery: () => Promise.reject(new Error('forbidden')) });
  await Promise.resolve();
  assert.equal(restraint.intervalMs(), 0);
});
