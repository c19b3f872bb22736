import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatteryReading, batteryInWords, watchBattery } from './battery.ts';

class Battery extends EventTarget {
  level = 0.742;
  charging = true;
}

test('the battery is told at once and when it changes, until nobody listens', async () => {
  const battery = new Battery();
  const told: BatteryReading[] = [];
  const known = Promise.resolve(battery);
  const stop = watchBattery((reading) => told.push(reading), { getBattery: () => known });
  await known;
  battery.charging = false;
  battery.dispatchEvent(new Event('chargingchange'));
  stop();
  battery.dispatchEvent(new Event('levelchange'));
  assert.deepEqual(told.map(batteryInWords), ['74 %, charging', '74 %, not charging']);
});

test('a browser that tells nothing, or refuses to, is no trouble', async () => {
  const told: BatteryReading[] = [];
  watchBattery((reading) => told.push(reading), {});
  const refused = Promise.reject(new Error('forbidden by policy'));
  watchBattery((reading) => told.push(reading), { getBattery: () => refused });
  await refused.catch(() => {});
  assert.deepEqual(told, []);
});
