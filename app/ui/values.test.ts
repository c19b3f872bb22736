import assert from 'node:assert/strict';
import { test } from 'node:test';
import { difference } from './values.ts';

test('a difference is given as a bound that it isPersistent', () => {
  assert.equal(difference(1e-5), '1e-5');
  assert.equal(difference(1.01e-5), '2e-5');
  assert.equal(difference(9.6e-7), '1e-6');
  assert.equal(difference(0.0042), '0.005');
  assert.equal(difference(0), '0');
});
