import assert from 'node:assert/strict';
import test from 'node:test';
import { createAddressPenalties } from './addressPenalties.ts';

const OPTIONS = { firstMs: 2_000, maxMs: 10_000, forgiveAfterMs: 60_000, maxAddresses: 3 };

test('an address waits, each time twice as long up to a bound, and others do not', () => {
  const penalties = createAddressPenalties(OPTIONS);
  const waits = [0, 3_000, 8_000, 17_000].map((nowMs) => {
    assert.equal(penalties.waitMs('a', nowMs), 0);
    penalties.penalise('a', nowMs);
    return penalties.waitMs('a', nowMs);
  });
  assert.deepEqual(waits, [2_000, 4_000, 8_000, 10_000]);
  assert.equal(penalties.waitMs('a', 20_000), 7_000);
  assert.equal(penalties.waitMs('b', 20_000), 0);
});

test('who did nothing wrong for long begins again', () => {
  const penalties = createAddressPenalties(OPTIONS);
  penalties.penalise('a', 0);
  penalties.penalise('a', 0);
  penalties.penalise('a', 64_000);
  assert.equal(penalties.waitMs('a', 64_000), 2_000);
});

test('no more addresses are remembered than there is room for, the latest of all', () => {
  const penalties = createAddressPenalties(OPTIONS);
  for (const address of ['a', 'b', 'a', 'c', 'd']) penalties.penalise(address, 0);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((address) => penalties.waitMs(address, 0)),
    [4_000, 0, 2_000, 2_000],
  );
});
