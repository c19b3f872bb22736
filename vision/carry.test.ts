import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CARRY_DEFAULTS, type CarryOptions, carry, follow, type Motion } from './carry.ts';
import type { Box } from './geometry.ts';

const JUMPS: CarryOptions = { ...CARRY_DEFAULTS, leadMs: 0, settleMs: 0, velocityWeight: 1 };

/** A box that goes right at 0.4 frame widths a second, seen every 100 ms for `steps` sightings. */
function moving(steps: number, options: CarryOptions): Motion {
  let motion: Motion | undefined;
  for (let step = 0; step < steps; step += 1) {
    const atMs = step * 100;
    motion = follow(motion, { box: [0.04 * step, 0.3, 0.2, 0.4], atMs }, atMs, options);
  }
  assert.ok(motion);
  return motion;
}

function close(actual: Box, expected: Box, tolerance = 1e-9): void {
  for (const [index, value] of actual.entries()) {
    const wanted = expected[index] ?? Number.NaN;
    assert.ok(Math.abs(value - wanted) <= tolerance, `[${actual}] is not near [${expected}]`);
  }
}

test('a thing seen once stands where it was seen', () => {
  const motion = follow(undefined, { box: [0.1, 0.2, 0.3, 0.4], atMs: 1000 }, 1050);
  close(carry(motion, 1050), [0.1, 0.2, 0.3, 0.4]);
  close(carry(motion, 5000), [0.1, 0.2, 0.3, 0.4]);
});

test('a moving thing is carried on in its direction', () => {
  const motion = moving(5, JUMPS);
  const [x, y, width, height] = carry(motion, 400 + 50, JUMPS);
  // 50 ms at 0.0004 a millisecond is 0.02; braking takes a little off.
  assert.ok(x > 0.16 + 0.016 && x < 0.16 + 0.02, `x is ${x}`);
  close([0, y, width, height], [0, 0.3, 0.2, 0.4]);
});

test('carrying ahead halves the error against standing still, at a latency of 100 ms', () => {
  const [x] = carry(moving(8, JUMPS), 700 + 100, JUMPS);
  const truth = 0.04 * 8;
  const standing = 0.04 * 7;
  assert.ok(Math.abs(x - truth) < Math.abs(standing - truth) / 2, `x is ${x}`);
});

test('the way ahead is bounded: damped, and stopped at the horizon', () => {
  const motion = moving(5, JUMPS);
  const [x] = carry(motion, 400 + 60_000, JUMPS);
  assert.ok(x - 0.16 < 0.0004 * JUMPS.dampingMs);
  close(carry(motion, 400 + JUMPS.horizonMs, JUMPS), carry(motion, 400 + 60_000, JUMPS));
});

test('a correction is blended in: no jump when it comes, all of it soon after', () => {
  const before = follow(undefined, { box: [0.1, 0.1, 0.2, 0.2], atMs: 0 }, 80);
  const after = follow(before, { box: [0.1, 0.15, 0.2, 0.2], atMs: 1000 }, 1080);
  close(carry(after, 1080), carry(before, 1080));
  close(carry(after, 1080 + 400), [0.1, 0.15, 0.2, 0.2], 1e-3);
});

test('settleMs 0 jumps at once', () => {
  const before = follow(undefined, { box: [0.1, 0.1, 0.2, 0.2], atMs: 0 }, 80, JUMPS);
  const after = follow(before, { box: [0.1, 0.15, 0.2, 0.2], atMs: 1000 }, 1080, JUMPS);
  close(carry(after, 1080, JUMPS), [0.1, 0.15, 0.2, 0.2]);
});

test('noise below the deadband does not make a still thing drift', () => {
  let motion = follow(undefined, { box: [0.5, 0.5, 0.2, 0.2], atMs: 0 }, 0, JUMPS);
  motion = follow(motion, { box: [0.501, 0.499, 0.2, 0.2], atMs: 100 }, 100, JUMPS);
  close(carry(motion, 400, JUMPS), [0.501, 0.499, 0.2, 0.2]);
});

test('a thing that comes back after the horizon starts from rest', () => {
  const motion = follow(moving(5, JUMPS), { box: [0.9, 0.3, 0.2, 0.4], atMs: 2000 }, 2000, JUMPS);
  close(carry(motion, 2200, JUMPS), [0.9, 0.3, 0.2, 0.4]);
});

test('an older sighting changes nothing', () => {
  const motion = moving(5, JUMPS);
  assert.equal(follow(motion, { box: [0, 0, 1, 1], atMs: 400 }, 450, JUMPS), motion);
});

test('a shrinking box never turns inside out', () => {
  let motion = follow(undefined, { box: [0.4, 0.4, 0.2, 0.2], atMs: 0 }, 0, JUMPS);
  motion = follow(motion, { box: [0.45, 0.45, 0.02, 0.02], atMs: 100 }, 100, JUMPS);
  const [, , width, height] = carry(motion, 300, JUMPS);
  assert.equal(width, 0);
  assert.equal(height, 0);
});

test('arguments are not mutated', () => {
  const motion = Object.freeze(moving(3, JUMPS));
  Object.freeze(motion.box);
  const seen = Object.freeze({ box: Object.freeze([0, 0, 1, 1] as const), atMs: 900 });
  follow(motion, seen, 950);
  carry(motion, 1000);
});
