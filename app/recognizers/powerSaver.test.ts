import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchPowerSaver } from './powerSaver.ts';

test('saving data and an empty battery slow down, a charging one does not', async () => {
  assert.equal(watchPowerSaver({}).intervalMs(), 0);
  assert.equal(watchPowerSaver({ connection: { saveData: true } }).intervalMs(), 250);
  const battery = { charging: false, level: 0.15 };
  const powerSaver = watchPowerSaver({ getBattery: async () => battery });
  await Promise.resolve();
  assert.equal(powerSaver.intervalMs(), 125);
  battery.charging = true;
  assert.equal(powerSaver.intervalMs(), 0);
});

test('a browser that refuses to report the battery is no error', async () => {
  const powerSaver = watchPowerSaver({ getBattery: () => Promise.reject(new Error('forbidden')) });
  await Promise.resolve();
  assert.equal(powerSaver.intervalMs(), 0);
});
