import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tuningOf } from './tuning.ts';

const PIXEL = { userAgent: 'Mozilla/5.0 (Linux; Android 15)', maxTouchPoints: 5, hardwareConcurrency: 8 };
const ISOLATED = { crossOriginIsolated: true };

test('threads: as many as there are cores, four at most, one where memory cannot be shared', () => {
  assert.equal(tuningOf(ISOLATED, PIXEL).threads, 4);
  assert.equal(tuningOf(ISOLATED, { ...PIXEL, hardwareConcurrency: 2 }).threads, 2);
  assert.equal(tuningOf({ crossOriginIsolated: false }, PIXEL).threads, 1);
});

test('on iOS, which an iPad denies: one thread, no WebGPU, and a renewed worker', () => {
  const ipad = { userAgent: 'Mozilla/5.0 (Macintosh)', maxTouchPoints: 5, hardwareConcurrency: 8 };
  const tuning = tuningOf(ISOLATED, ipad);
  assert.equal(tuning.threads, 1);
  assert.match(tuning.noGpu ?? '', /iOS/);
  assert.ok(tuning.renewAfterRuns < Number.POSITIVE_INFINITY);
  const mac = tuningOf(ISOLATED, { ...ipad, maxTouchPoints: 0 });
  assert.equal(mac.noGpu, undefined);
  assert.equal(mac.renewAfterRuns, Number.POSITIVE_INFINITY);
});
