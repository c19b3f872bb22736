import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchPowerSaver } from './powerSaver.ts';

test('saving data and an empty battery slow down, a charging one does not', async () => {
  assert.equal(watchPowerSaver({}).intervalMs(), 0);
  const saving = watchPowerSaver({ connection: { saveData: true, type: 'cellular' } });
  assert.equal(saving.intervalMs(), 250);
  assert.equal(saving.reason, 'data');
  const battery = { charging: false, level: 0.15 };
  const powerSaver = watchPowerSaver({ getBattery: async () => battery });
  await Promise.resolve();
  assert.equal(powerSaver.intervalMs(), 125);
  assert.equal(powerSaver.reason, 'battery');
  battery.charging = true;
  assert.equal(powerSaver.intervalMs(), 0);
  assert.equal(powerSaver.reason, undefined);
});

test('a link that is paid for by the byte gets as many frames, and no larger ones', () => {
  const powerSaver = watchPowerSaver({ connection: { type: 'cellular' } });
  assert.deepEqual([powerSaver.intervalMs(), powerSaver.reason], [0, 'cellular']);
  assert.equal(watchPowerSaver({ connection: { type: 'wifi' } }).reason, undefined);
});

test('a browser that refuses to report the battery is no error', async () => {
  const powerSaver = watchPowerSaver({ getBattery: () => Promise.reject(new Error('forbidden')) });
  await Promise.resolve();
  assert.equal(powerSaver.intervalMs(), 0);
});
