import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canReopen } from './canReopen.ts';

test('a worker is reopened three times in five minutes, and again once the first loss is older than that', () => {
  assert.equal(canReopen([], 0), true);
  assert.equal(canReopen([0, 1_000], 2_000), true);
  assert.equal(canReopen([0, 1_000, 2_000], 3_000), false);
  assert.equal(canReopen([0, 1_000, 2_000], 300_000), true);
});
