import assert from 'node:assert/strict';
import test from 'node:test';
import { type SimulatedFleet, simulateFleet } from './simulateFleet.ts';

const FLEET: SimulatedFleet = {
  cameras: [{ count: 4, perSecond: 5, jitter: 0 }],
  workersMs: [40],
  handOverMs: 0,
  returnMs: 0,
  law: 'turns',
  maxAgeMs: 1_000,
  durationMs: 10_000,
  seed: 1,
};
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test('workers that never wait give one label for each time that a frame and its hand-over take', () => {
  const cameras = [{ count: 40, perSecond: 30, jitter: 0.2 }];
  for (const workers of [1, 3]) {
    const { labelsPerSecond } = simulateFleet({
      ...FLEET,
      cameras,
      workersMs: Array(workers).fill(40),
      handOverMs: 10,
    });
    assert.ok(Math.abs(labelsPerSecond - workers * 20) <= workers * 0.2, String(labelsPerSecond));
  }
});

test('one camera gets each frame back after hand-over, work and return', () => {
  const { agesMs, offered } = simulateFleet({
    ...FLEET,
    cameras: [{ count: 1, perSecond: 10, jitter: 0 }],
    handOverMs: 3,
    returnMs: 2,
  });
  assert.ok(agesMs.length >= offered - 1);
  for (const age of agesMs) assert.ok(Math.abs(age - 45) < 1e-6, String(age));
});

test('a camera that sends ten times as often as others gets hardly more of a busy worker, and none waits long', () => {
  const { labelsOf, longestSilenceMs } = simulateFleet({
    ...FLEET,
    cameras: [
      { count: 1, perSecond: 100, jitter: 0 },
      { count: 7, perSecond: 10, jitter: 0 },
    ],
  });
  // Its next frame is there sooner once it was served.
  assert.ok(Math.max(...labelsOf) < 1.25 * Math.min(...labelsOf), labelsOf.join(' '));
  assert.ok(longestSilenceMs < 500, String(longestSilenceMs));
});

test('a slow member of a plain group keeps its share of frames, and they come too late', () => {
  const mixed = { ...FLEET, cameras: [{ count: 18, perSecond: 5, jitter: 0.2 }], workersMs: [10, 100] };
  const [turns, random] = (['turns', 'random'] as const).map((law) => simulateFleet({ ...mixed, law }));
  assert.ok(turns && random);
  assert.ok(turns.agesMs.length > 0.97 * turns.offered);
  assert.ok(random.agesMs.length < 0.7 * random.offered, `${random.agesMs.length} of ${random.offered}`);
});

test('the same seed gives the same labels, another one others', () => {
  const jittered = { ...FLEET, cameras: [{ count: 4, perSecond: 5, jitter: 0.2 }] };
  assert.deepEqual(simulateFleet(jittered), simulateFleet(jittered));
  assert.notDeepEqual(simulateFleet(jittered).agesMs, simulateFleet({ ...jittered, seed: 2 }).agesMs);
});

test('frames that wait too long are dropped, and labels are counted of each camera', () => {
  const { agesMs, labelsOf } = simulateFleet({
    ...FLEET,
    cameras: [{ count: 40, perSecond: 5, jitter: 0 }],
    maxAgeMs: 100,
  });
  assert.ok(Math.max(...agesMs) <= 140 + 1e-6);
  assert.equal(sum(labelsOf), agesMs.length);
});
