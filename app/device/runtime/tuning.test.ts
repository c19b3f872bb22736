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

test('WebKit tells 4 cores of any machine with fewer than 8: two threads are sure not to be too many', () => {
  const webKit =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15';
  const chromium =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36';
  const threads = (userAgent: string, hardwareConcurrency: number) =>
    tuningOf(ISOLATED, { userAgent, maxTouchPoints: 0, hardwareConcurrency }).threads;
  assert.equal(threads(webKit, 4), 2);
  assert.equal(threads(webKit, 8), 4);
  assert.equal(threads(chromium, 4), 4);
});
