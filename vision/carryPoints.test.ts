import assert from 'node:assert/strict';
import test from 'node:test';
import { CARRY_DEFAULTS } from './carry.ts';
import { carryPoints, followPoints } from './carryPoints.ts';

/** A shoulder that stands still, a hand, and a point that is hidden. */
const seen = (hand: number, handScore = 0.9) => [0.5, 0.5, 0.9, hand, 0.2, handScore, 0.9, 0.9, 0.1];

test('a hand is carried on, though what it belongs to stands still', () => {
  let motion = followPoints(undefined, { points: seen(0.2), atMs: 0 }, 50);
  for (let at = 1; at < 6; at++) {
    motion = followPoints(motion, { points: seen(0.2 + 0.05 * at), atMs: 50 * at }, 50 * at + 50);
  }
  const [shoulder = 0, , , hand = 0] = carryPoints(motion, 350);
  assert.ok(Math.abs(shoulder - 0.5) < 1e-9);
  assert.ok(hand > 0.5 && hand < 0.56, `${hand}`);
  // Nothing more comes: it stops.
  const [, , , later = 0] = carryPoints(motion, 2_000);
  assert.ok(Math.abs((carryPoints(motion, 5_000)[3] ?? 0) - later) < 1e-9);
});

test('a correction is blended in; without that, and without carrying, a point jumps to where it was seen', () => {
  const first = followPoints(undefined, { points: seen(0.2), atMs: 0 }, 50);
  const second = followPoints(first, { points: seen(0.25), atMs: 50 }, 100);
  const before = carryPoints(first, 100)[3] ?? 0;
  assert.ok(Math.abs((carryPoints(second, 100)[3] ?? 0) - before) < 1e-9);
  const still = { ...CARRY_DEFAULTS, horizonMs: 0, settleMs: 0 };
  const jumped = followPoints(first, { points: seen(0.25), atMs: 50 }, 100, still);
  assert.equal(carryPoints(jumped, 100, still)[3], 0.25);
});

test('a point that was lost is not drawn on its way, and other points begin anew', () => {
  const lost = followPoints(undefined, { points: seen(0.9, 0.1), atMs: 0 }, 50);
  const found = followPoints(lost, { points: seen(0.2), atMs: 50 }, 100);
  assert.equal(carryPoints(found, 100)[3], 0.2);
  const other = followPoints(found, { points: [0.1, 0.1, 0.9], atMs: 100 }, 150);
  assert.deepEqual(carryPoints(other, 150), [0.1, 0.1, 0.9]);
  assert.equal(followPoints(other, { points: [0.4, 0.4, 0.9], atMs: 100 }, 150), other);
});
