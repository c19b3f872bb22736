import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabelsMeter } from './labelsMeter.ts';

function fed(fromMs: number, toMs: number, everyMs: number, ageMs = 60): LabelsMeter {
  const meter = new LabelsMeter();
  meter.reset(fromMs);
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += everyMs) meter.add({ nowMs, ageMs });
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
  meter.add({ nowMs: 1001, ageMs: 900 });
  assert.equal(meter.read(1001).ageMs, 60);
});

test('when nothing comes any more the reading is empty', () => {
  assert.deepEqual(fed(0, 1000, 100).read(4000), { ratePerS: 0, ageMs: undefined });
});
