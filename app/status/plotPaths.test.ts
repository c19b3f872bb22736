import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATUS_SAMPLES } from '../../protocol/status.ts';
import { areaPath, linePath, niceTop } from './plotPaths.ts';

test('an axis ends at a round number that is not below the highest value, and never at 0', () => {
  const tops = [0, 0.2, 1, 3, 5, 74, 100, 101, 412e6].map(niceTop);
  assert.deepEqual(tops, [1, 1, 1, 3, 5, 80, 100, 150, 500e6]);
});

test('the newest value is at the right edge, and a gap stays a gap', () => {
  assert.equal(linePath([0, 10], 10), 'M598 120L600 0');
  assert.equal(linePath([5, null, 10], 10), 'M596 60h0.01M600 0h0.01');
  assert.equal(linePath([null], 10), '');
  assert.match(linePath(new Array(STATUS_SAMPLES).fill(1), 10), /^M0 108L.*L600 108$/);
  assert.equal(areaPath([0, 10], 10), 'M598 120L598 120L600 0L600 120Z');
});
