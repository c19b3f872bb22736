import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { quantile } from './quantile.ts';

test('the nearest rank: of an even number the lower of the two in the middle, of twenty the nineteenth is the p95', () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2);
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  const twenty = Array.from({ length: 20 }, (_, index) => 20 - index);
  assert.deepEqual(
    [0, 0.05, 0.95, 0.96, 1].map((share) => quantile(twenty, share)),
    [1, 1, 19, 20, 20],
  );
  assert.equal(quantile([], 0.5), undefined);
});

test('it is one of the values, and the smallest that enough of them do not exceed', () => {
  const values = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (some, share) => {
      const found = quantile(some, share);
      assert.ok(found !== undefined && some.includes(found));
      const upTo = (limit: number) => some.filter((value) => value <= limit).length;
      assert.ok(upTo(found) >= share * some.length);
      for (const value of some) if (value < found) assert.ok(upTo(value) < share * some.length);
    }),
  );
});
