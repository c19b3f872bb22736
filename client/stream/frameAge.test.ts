import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGE_PARTS, splitAge } from './frameAge.ts';

test('the eight parts are the age, all of it', () => {
  const split = splitAge(
    {
      capturedAtMs: 1000,
      grabbedAtMs: 1012,
      sentAtMs: 1020,
      arrivedAtMs: 1110,
      timing: { queueMs: 3, decodeMs: 2, inferMs: 18, serverMs: 30 },
      link: { uplinkMs: 45, downlinkMs: 15 },
    },
    1125,
  );
  assert.deepEqual(split, {
    capture: 12,
    encode: 8,
    uplink: 45,
    queue: 10,
    decode: 2,
    infer: 18,
    downlink: 15,
    draw: 15,
  });
  assert.equal(
    AGE_PARTS.reduce((sum, part) => sum + split[part], 0),
    125,
  );
});
