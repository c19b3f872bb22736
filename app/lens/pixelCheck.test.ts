import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextCheckMs } from './pixelCheck.ts';

const NEVER = Number.NEGATIVE_INFINITY;

test('pixels that can be read are rarely checked again, others more often', () => {
  const worksMs = nextCheckMs({ access: 'canvas', checkedAtMs: 1_000, askedAtMs: NEVER });
  const failsMs = nextCheckMs({ access: 'none', checkedAtMs: 1_000, askedAtMs: NEVER });
  assert.equal(worksMs, 11_000);
  assert.equal(failsMs, 4_000);
  assert.equal(nextCheckMs({ access: 'video-frame', checkedAtMs: 1_000, askedAtMs: NEVER }), worksMs);
});

test('while a person may be answering the browser, it is left alone; afterwards it is as before', () => {
  assert.equal(nextCheckMs({ access: 'none', checkedAtMs: 1_000, askedAtMs: 2_000 }), 32_000);
  assert.equal(nextCheckMs({ access: 'none', checkedAtMs: 40_000, askedAtMs: 2_000 }), 43_000);
  assert.equal(nextCheckMs({ access: 'canvas', checkedAtMs: 1_000, askedAtMs: 2_000 }), 11_000);
});
