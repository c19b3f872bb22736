import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkMeter } from './linkMeter.ts';

test('bytes a second, bytes a label and the median round trip of the last five seconds', () => {
  const meter = new LinkMeter();
  meter.reset(0);
  for (let ms = 100; ms <= 20_000; ms += 100) {
    meter.sent(ms, 15_000);
    // Every other frame is dropped.
    if (ms % 200 === 0) meter.labelled(ms, ms === 19_000 ? 900 : 40);
  }
  assert.deepEqual(meter.read(20_000), { upBytesPerS: 150_000, bytesPerLabel: 30_000, roundTripMs: 40 });
  assert.deepEqual(meter.read(60_000), { upBytesPerS: 0, bytesPerLabel: undefined, roundTripMs: undefined });
});
