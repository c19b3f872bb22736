import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canReopen } from './canReopen.ts';

test('three deaths in five minutes are opened anew, a fourth is not, until the first is long past', () => {
  assert.equal(canReopen([], 0), true);
  assert.equal(canReopen([0, 1_000], 2_000), true);
  assert.equal(canReopen([0, 1_000, 2_000], 3_000), false);
  assert.equal(canReopen([0, 1_000, 2_000], 300_000), true);
});
