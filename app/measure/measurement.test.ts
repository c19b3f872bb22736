import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlashSample } from './flashMeter.ts';
import { measurementOf } from './measurement.ts';

const SPLIT = { capture: 1, encode: 4, uplink: 2, queue: 1, decode: 3, infer: 20, downlink: 2, draw: 7 };

/** Seen 30 ms after it flashed, first answered in the frame after that, labelled in the next one. */
const sample = (startMs: number, lagMs: number, isKnown = true): FlashSample => ({
  flashedAtMs: isKnown ? startMs : undefined,
  seenAtMs: startMs + 30,
  firstCapturedAtMs: startMs + 63,
  capturedAtMs: startMs + 97,
  drawnAtMs: startMs + lagMs,
  split: SPLIT,
  backend: isKnown ? 'server' : 'device',
});

test('p50, p95 and p99 are ranks of what was seen, and the parts come in the order of the way', () => {
  const samples = Array.from({ length: 200 }, (_, index) => sample(index * 700, 100 + index));
  const measured = measurementOf(samples, { flashes: 206, held: 2 });
  assert.deepEqual(measured?.label, { p50: 199, p95: 289, p99: 297 });
  assert.equal(measured?.from, 'flash');
  assert.equal(measured?.samples, 200);
  assert.equal(measured?.missed, 3);
  assert.equal(measured?.held, 2);
  assert.deepEqual(Object.entries(measured?.parts ?? {}), [
    ['camera', 30],
    ['wait', 33],
    ['confirm', 34],
    ...Object.entries(SPLIT),
  ]);
});

test('a recording is measured from the camera on', () => {
  const measured = measurementOf([sample(0, 100, false), sample(700, 120, false), sample(1_400, 90)], {
    flashes: 3,
    held: 0,
  });
  assert.equal(measured?.from, 'camera');
  assert.deepEqual(measured?.each, [70, 90, 60]);
  assert.equal(measured?.onDevice, 2);
  assert.ok(!('camera' in (measured?.parts ?? {})));
  assert.equal(measured?.missed, 0);
});

test('without samples there is nothing to say', () => {
  assert.equal(measurementOf([], { flashes: 5, held: 0 }), undefined);
});
