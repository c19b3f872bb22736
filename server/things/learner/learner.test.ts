import assert from 'node:assert/strict';
import test from 'node:test';
import { EMBEDDING_SIZE } from '../../../vision/things/taught.ts';
import { verdictOf } from '../compareEmbedders.ts';
import { createLearner } from './learner.ts';
import { recognitions } from './recognitions.ts';

/** A thing whose samples lie along one axis. */
const along = (axis: number, count: number) =>
  Array.from({ length: count }, (_, at) => {
    const view = new Float32Array(EMBEDDING_SIZE).fill(0.1);
    view[axis] = 3 + at / 10;
    return view;
  });

test('the thread learns the same as this one, and ends when there is nothing to learn', {
  timeout: 60_000,
}, async () => {
  const learner = createLearner({ idleMs: 1 });
  const classes = [along(1, 4), along(2, 5)];
  assert.equal(learner.isThere, false);
  const [found, again] = await Promise.all([1, 2].map(() => learner.run({ kind: 'compare', classes })));
  assert.deepEqual(found, recognitions(classes));
  assert.deepEqual(found, Array(9).fill(true));
  assert.deepEqual(again, found);
  while (learner.isThere) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(await learner.run({ kind: 'compare', classes }), found, 'another one is started');
  await assert.rejects(learner.run({ kind: 'learn', dir: '/nowhere/mine' }), /ENOENT/);
});

test('samples that no one could tell apart are not recognised, and a thing of one sample is not tried', () => {
  const same = along(1, 4);
  assert.ok(recognitions([same, same]).some((isRight) => isRight === false));
  assert.deepEqual(recognitions([along(1, 3), along(2, 1)]), [undefined, undefined, undefined, undefined]);
});

test('one model is better only where that is no chance', () => {
  const right = (count: number) => Array.from({ length: 10 }, (_, at) => at < count);
  assert.equal(verdictOf(right(10), right(5)), 'better');
  assert.equal(verdictOf(right(10), right(6)), 'alike');
  assert.equal(verdictOf(right(5), right(10)), 'worse');
  assert.equal(verdictOf(right(8), right(8)), 'alike');
  const onlyHere = [true, true, true, true, true, undefined];
  assert.equal(
    verdictOf(
      onlyHere,
      onlyHere.map((one) => (one ? undefined : false)),
    ),
    'alike',
  );
});
