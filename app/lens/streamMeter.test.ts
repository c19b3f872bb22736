import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGE_PARTS } from '../../client/stream/frameAge.ts';
import { StreamMeter } from './streamMeter.ts';

function fed(fromMs: number, toMs: number, everyMs: number, ageMs = 60): StreamMeter {
  const meter = new StreamMeter();
  meter.reset(fromMs);
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += everyMs) meter.add({ nowMs, ageMs, split: undefined });
  return meter;
}

test('a steady stream has its rate', () => {
  assert.equal(Math.round(fed(0, 5000, 40).read(5000).ratePerS), 25);
});

test('the rate is right soon after the start', () => {
  assert.ok(Math.abs(fed(10_000, 10_600, 40).read(10_600).ratePerS - 25) < 3);
});

test('the age is the median, so one late result does not show', () => {
  const meter = fed(0, 1000, 100, 60);
  meter.add({ nowMs: 1001, ageMs: 900, split: undefined });
  assert.equal(meter.read(1001).ageMs, 60);
});

test('when nothing comes any more the reading is empty', () => {
  assert.deepEqual(fed(0, 1000, 100).read(4000), { ratePerS: 0, ageMs: undefined, isStill: false });
});

const split = (infer: number) => ({
  capture: 5,
  encode: 5,
  uplink: 10,
  queue: 5,
  decode: 2,
  infer,
  downlink: 10,
  draw: 8,
});

test('percentiles of the age and of each part, and shares that add up to the median age', () => {
  const meter = new StreamMeter();
  for (let i = 0; i < 100; i += 1) {
    const infer = i < 90 ? 20 : 80;
    meter.add({ nowMs: i * 50, ageMs: 45 + infer, split: split(infer) });
  }
  const detail = meter.detail(5000);
  assert.deepEqual(detail?.age, { p50: 65, p95: 125 });
  assert.deepEqual(detail?.parts.infer, { p50: 20, p95: 80 });
  const shared = AGE_PARTS.reduce((sum, part) => sum + (detail?.shares[part] ?? 0), 0);
  assert.ok(Math.abs(shared - 65) < 1e-9);
});

test('what was drawn more than ten seconds ago does not count', () => {
  const meter = new StreamMeter();
  meter.add({ nowMs: 0, ageMs: 900, split: split(800) });
  meter.add({ nowMs: 9000, ageMs: 65, split: split(20) });
  assert.equal(meter.detail(11_000)?.age.p95, 65);
  assert.equal(meter.detail(30_000), undefined);
});
