import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SideMeter } from './sideMeter.ts';

function feed(meter: SideMeter, times: readonly number[], isStreamed = true, answerMs = 50) {
  for (const atMs of times) meter.add({ atMs, answerMs, inferMs: 20, isStreamed });
}
const every = (ms: number, count: number, fromMs = 0) =>
  Array.from({ length: count }, (_, i) => fromMs + i * ms);

test('nothing is reported of a backend that was not used', () => {
  const meter = new SideMeter();
  feed(meter, [0]);
  const { answerMs, labelsPerS } = meter.read();
  assert.deepEqual([answerMs, labelsPerS], [undefined, undefined]);
});

test('median and p95 of the answers, labels a second', () => {
  const meter = new SideMeter();
  feed(meter, every(100, 18));
  feed(meter, every(100, 2, 1_800), true, 300);
  assert.deepEqual(meter.read(), {
    answerMs: 50,
    answerP95Ms: 300,
    inferMs: 20,
    labelsPerS: 10,
  });
});

test('probes give the time of an answer, and nothing of the rate', () => {
  const meter = new SideMeter();
  feed(meter, every(100, 20));
  feed(meter, every(500, 40, 5_000), false, 90);
  const { answerMs, labelsPerS } = meter.read();
  assert.deepEqual([answerMs, labelsPerS], [90, 10]);
});

test('a scene that stands still does not lower the rate; a slow model does', () => {
  const meter = new SideMeter();
  feed(meter, [...every(100, 20), 22_000, 42_000]);
  assert.equal(meter.read().labelsPerS, 10);
  const slow = new SideMeter();
  feed(slow, every(2_000, 20));
  assert.equal(slow.read().labelsPerS, 0.5);
});
