import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenModel } from './deviceFixtures.ts';
import {
  activated,
  allowed,
  bytesOf,
  planUpdate,
  type Refusal,
  ROLLED_BACK,
  refused,
  rolledBack,
  type StoredModel,
} from './storedModel.ts';

const [one, two] = ['1', '2'].map((version) => givenModel('birds', version).model);
assert(one && two);
const FIRST: StoredModel = { current: one, previous: undefined, refused: {}, sinceMs: 0 };

const DIFFERS: Refusal = { kind: 'unproven', why: 'It differs.' };

test('a newer version is taken, the one in use is not, a refused one only when a person asks', () => {
  assert.deepEqual(planUpdate(FIRST, '1'), { kind: 'none' });
  assert.deepEqual(planUpdate(FIRST, '2'), { kind: 'take' });
  const record = refused(FIRST, '2', DIFFERS);
  assert.deepEqual(planUpdate(record, '2'), { kind: 'refused', refusal: DIFFERS });
  assert.deepEqual(planUpdate(allowed(record, '2'), '2'), { kind: 'take' });
});

test('the version before is kept; who goes back from the newer one is left alone with it, but not with a yet newer', () => {
  const updated = activated(refused(FIRST, '2', DIFFERS), two);
  assert.deepEqual(updated, { current: two, previous: one, refused: {}, sinceMs: 0 });
  const back = rolledBack(updated, one);
  assert.equal(back.current, one);
  assert.equal(back.previous, undefined);
  assert.deepEqual(planUpdate(back, '2'), { kind: 'refused', refusal: ROLLED_BACK });
  assert.deepEqual(planUpdate(back, '3'), { kind: 'take' });
});

test('a file that two versions share takes its room once', () => {
  assert.equal(bytesOf(FIRST), 3_500);
  assert.equal(bytesOf(activated(FIRST, two)), 6_500);
});
