import assert from 'node:assert/strict';
import test from 'node:test';
import { AGE_CAMERAS, AGE_WORKERS, WORK_MS } from '../fleet/loads.ts';
import { MAX_AGE_MS } from '../fleet/plan.ts';
import { ROWS } from '../fleet/rows.ts';
import { quantile } from '../stats.ts';
import { compareModel, handOverOf } from './compareModel.ts';
import { figuresOf } from './figures.ts';
import { simulateFleet } from './simulateFleet.ts';

const HAND_OVER = { handOverMs: 3, returnMs: 1 };

test('the two times are found again in what a fleet with them would give', () => {
  const { agesMs } = simulateFleet({
    ...HAND_OVER,
    cameras: AGE_CAMERAS,
    workersMs: Array.from({ length: AGE_WORKERS }, () => WORK_MS),
    law: 'turns',
    maxAgeMs: MAX_AGE_MS,
    durationMs: 60_000,
    seed: 1,
  });
  const { handOverMs, returnMs } = handOverOf(
    figuresOf([
      { name: ROWS.workers(1), value: 1000 / (WORK_MS + 3) },
      { name: ROWS.agesP50, value: quantile(agesMs, 0.5) },
    ]),
  );
  assert.ok(Math.abs(handOverMs - 3) < 1e-6, String(handOverMs));
  assert.ok(Math.abs(returnMs - 1) < 1e-6, String(returnMs));
});

test('each comparison is of a figure that the model does not take from the measurement', () => {
  const calibrated = [ROWS.workers(1), ROWS.agesP50];
  const read: string[] = [];
  compareModel((row) => {
    read.push(row);
    return 100;
  }, HAND_OVER);
  assert.ok(read.includes(ROWS.workers(8)) && read.includes(ROWS.agesP95) && read.includes(ROWS.mixedGroup));
  assert.deepEqual(
    read.filter((row) => calibrated.includes(row)),
    [],
  );
});

test('a figure that is missing says how to measure it', () => {
  const figures = figuresOf([
    { name: 'a', value: 1 },
    { name: 'broken', value: null },
  ]);
  assert.equal(figures('a'), 1);
  for (const missing of ['b', 'broken']) assert.throws(() => figures(missing), /npm run bench -- fleet/);
});
