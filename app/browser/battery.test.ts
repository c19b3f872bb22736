import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED } from '../ui/words/words.ts';
import { type BatteryReading, watchBattery } from './battery.ts';

const inWords = ({ level, charging }: BatteryReading) =>
  DELIVERED.words.comparison.batteryValue(level, charging);

class Battery extends EventTarget {
  level = 0.742;
  charging = true;
}

test('the battery is reported at once and when it changes, until no one listens', async () => {
  const battery = new Battery();
  const reported: BatteryReading[] = [];
  const known = Promise.resolve(battery);
  const stop = watchBattery((reading) => reported.push(reading), { getBattery: () => known });
  await known;
  battery.charging = false;
  battery.dispatchEvent(new Event('chargingchange'));
  stop();
  battery.dispatchEvent(new Event('levelchange'));
  assert.deepEqual(reported.map(inWords), ['74%, charging', '74%, not charging']);
});

test('a browser that reports nothing, or refuses to, is no error', async () => {
  const reported: BatteryReading[] = [];
  watchBattery((reading) => reported.push(reading), {});
  const refused = Promise.reject(new Error('forbidden by policy'));
  watchBattery((reading) => reported.push(reading), { getBattery: () => refused });
  await refused.catch(() => {});
  assert.deepEqual(reported, []);
});
