import assert from 'node:assert/strict';
import test from 'node:test';
import { jain, labelsPerSecond, longestSilenceMs, shareInTime } from './fleetFigures.ts';
import type { FleetReport } from './plan.ts';

const report = (offered: number, answers: [atMs: number, ageMs: number][][]): FleetReport => ({
  measuredMs: 2_000,
  cpuMs: 0,
  cameras: answers.map((times) => ({
    offered,
    answers: times.map(([atMs, ageMs]) => ({ atMs, ageMs, queueMs: 0 })),
  })),
});

test('frames without a label, and those with a late one, are not in time', () => {
  const runs = [
    report(4, [
      [
        [100, 50],
        [200, 400],
      ],
    ]),
    report(4, [[[100, 50]]]),
  ];
  assert.equal(shareInTime(runs, 300), 2 / 8);
  assert.equal(labelsPerSecond(runs), 3 / 4);
});

test('a silence is between labels of one camera, before its first one, or after its last one', () => {
  assert.equal(
    longestSilenceMs(
      report(1, [
        [
          [300, 1],
          [1_900, 1],
        ],
        [[1_000, 1]],
      ]),
    ),
    1_600,
  );
  assert.equal(longestSilenceMs(report(1, [[[1_900, 1]]])), 1_900);
  assert.equal(longestSilenceMs(report(1, [[]])), 2_000);
});

test('equal shares are fair, one that has all is not', () => {
  assert.equal(jain([3, 3, 3, 3]), 1);
  assert.equal(jain([3, 0, 0, 0]), 0.25);
});
