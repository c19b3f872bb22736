import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockOffset, type ClockSample } from './clockOffset.ts';

interface Way {
  /** Server's clock minus the page's. */
  skewMs: number;
  upMs: number;
  downMs: number;
  serverMs?: number;
}

function sample(sentAtMs: number, { skewMs, upMs, downMs, serverMs = 25 }: Way): ClockSample {
  return {
    sentAtMs,
    receivedAtMs: sentAtMs + upMs + skewMs,
    serverMs,
    arrivedAtMs: sentAtMs + upMs + serverMs + downMs,
  };
}

/** Mulberry32: the same dice in each run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const near = (actual: number | undefined, expected: number, withinMs: number) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= withinMs,
    `${actual} is not within ${withinMs} ms of ${expected}`,
  );

for (const skewMs of [0, -3_600_000, 86_400_000, 1_763_000_000_000]) {
  test(`a skew of ${skewMs} ms is found on a link that is the same both ways`, () => {
    const clock = new ClockOffset();
    for (let ms = 0; ms < 5000; ms += 40) clock.add(sample(ms, { skewMs, upMs: 20, downMs: 20 }));
    near(clock.offsetMs, skewMs, 0.01);
    const { uplinkMs, downlinkMs } = clock.split(sample(6000, { skewMs, upMs: 90, downMs: 20 }));
    near(uplinkMs, 90, 0.01);
    near(downlinkMs, 20, 0.01);
  });
}

test('jitter up to 200 ms each way bends the offset by a few ms only: the quickest round trip counts', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const random = dice(seed);
    const clock = new ClockOffset();
    for (let ms = 0; ms < 20_000; ms += 50) {
      // Most are a little late, few are very late, as on a radio link.
      const jitter = () => 200 * random() ** 3;
      clock.add(sample(ms, { skewMs: 5000, upMs: 30 + jitter(), downMs: 30 + jitter() }));
    }
    near(clock.offsetMs, 5000, 5);
  }
});

test('on a link with unequal ways the error stays within the stated bound, and the sum is exact', () => {
  const clock = new ClockOffset();
  const way = { skewMs: -700, upMs: 280, downMs: 40 };
  for (let ms = 0; ms < 5000; ms += 100) clock.add(sample(ms, way));
  assert.ok(clock.errorMs !== undefined);
  near(clock.offsetMs, -700, clock.errorMs);
  near(clock.errorMs, 160, 0.01);
  const { uplinkMs, downlinkMs } = clock.split(sample(6000, way));
  near(uplinkMs + downlinkMs, 320, 0.01);
});

test('a way is never negative, whatever the clocks say', () => {
  const clock = new ClockOffset();
  clock.add(sample(0, { skewMs: 0, upMs: 100, downMs: 0 }));
  const { uplinkMs, downlinkMs } = clock.split(sample(100, { skewMs: 0, upMs: 5, downMs: 60 }));
  assert.ok(uplinkMs >= 0 && downlinkMs >= 0);
  near(uplinkMs + downlinkMs, 65, 0.01);
});

test('a clock that drifts, or was set, is followed within half a minute', () => {
  const clock = new ClockOffset();
  for (let ms = 0; ms < 60_000; ms += 100) {
    clock.add(sample(ms, { skewMs: ms < 20_000 ? 0 : 900, upMs: ms < 20_000 ? 10 : 15, downMs: 10 }));
  }
  near(clock.offsetMs, 900, 3);
});

test('before the first answer the round trip is halved', () => {
  const { uplinkMs, downlinkMs } = new ClockOffset().split(sample(0, { skewMs: 9, upMs: 30, downMs: 10 }));
  assert.deepEqual([uplinkMs, downlinkMs], [20, 20]);
});
