import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecondaryCost } from './secondaryCost.ts';

const WORK_MS = 300;

/** Turns of `WORK_MS` of a secondary model in 2 s each, with so many labels a second of the primary model. */
function measured(turns: number, labelsPerS: { busy: number; alone: number }): SecondaryCost {
  const cost = new SecondaryCost();
  for (let turn = 0; turn < turns; turn += 1) {
    cost.changed(true, turn * 2_000);
    for (let at = 0; at < (labelsPerS.busy * WORK_MS) / 1_000; at += 1) cost.labelled();
    cost.changed(false, turn * 2_000 + WORK_MS);
    for (let at = 0; at < (labelsPerS.alone * (2_000 - WORK_MS)) / 1_000; at += 1) cost.labelled();
  }
  cost.changed(true, turns * 2_000);
  return cost;
}

test('what a secondary model costs is the share of labels that are missing while it works', () => {
  assert.ok(measured(5, { busy: 20, alone: 20 }).loss < 0.05);
  assert.ok(Math.abs(measured(5, { busy: 10, alone: 20 }).loss - 0.5) < 0.05);
  assert.equal(measured(5, { busy: 0, alone: 20 }).loss, 1);
  assert.equal(measured(5, { busy: 30, alone: 20 }).loss, 0, 'chance gives no credit');
});

test('it may run so often that the primary model loses some six labels of a hundred, and at once where it costs none', () => {
  for (const busy of [0, 10, 20]) {
    const cost = measured(5, { busy, alone: 20 });
    const intervalMs = cost.intervalMs(WORK_MS);
    assert.ok((cost.loss * WORK_MS) / Math.max(WORK_MS, intervalMs) < 1 / 16 + 1e-6, `${intervalMs}`);
  }
  assert.ok(measured(5, { busy: 20, alone: 20 }).intervalMs(WORK_MS) < WORK_MS);
});

test('before enough was measured a quarter is assumed; a scene that stood still is not measured', () => {
  assert.equal(new SecondaryCost().loss, 0.25);
  assert.equal(measured(1, { busy: 0, alone: 20 }).loss, 0.25);
  const cost = measured(5, { busy: 10, alone: 20 });
  const before = cost.loss;
  cost.interrupt();
  cost.changed(false, 100_000);
  assert.equal(cost.loss, before);
});
