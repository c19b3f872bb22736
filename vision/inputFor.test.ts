import assert from 'node:assert/strict';
import test from 'node:test';
import { fixedSize, follow, followsPicture, inputFor, trialSize } from './steps.ts';

const LIMIT = { width: 1_000, height: 1_000 };
const OWN_SIZE = { ...LIMIT, steps: [{ op: 'resize', atMost: LIMIT, resample: 'antialiased' } as const] };

test('an input that follows the picture has its size, and is shrunk only where it is larger', () => {
  assert.equal(followsPicture(OWN_SIZE), true);
  assert.equal(fixedSize(OWN_SIZE.steps), undefined);
  assert.deepEqual(follow(OWN_SIZE.steps, { width: 640, height: 480 }).moves, []);
  assert.deepEqual(follow(OWN_SIZE.steps, { width: 4_000, height: 1_000 }).size, {
    width: 1_000,
    height: 250,
  });
});

test('for one picture the input has one size, at most as long as is asked', () => {
  const sizeFor = (picture: { width: number; height: number }, longest?: number) => {
    const { width, height } = inputFor(OWN_SIZE, picture, longest);
    return [width, height];
  };
  assert.deepEqual(sizeFor({ width: 640, height: 480 }), [640, 480]);
  assert.deepEqual(sizeFor({ width: 2_000, height: 1_000 }), [1_000, 500]);
  assert.deepEqual(sizeFor({ width: 640, height: 480 }, 320), [320, 240]);
  const fixed = { width: 300, height: 300, fit: 'stretch' as const };
  assert.equal(inputFor(fixed, { width: 640, height: 480 }), fixed);
});

test('a model is warmed up on the size of its input, or on a usual picture', () => {
  assert.deepEqual(trialSize({ width: 300, height: 200, fit: 'stretch' }), { width: 300, height: 200 });
  assert.deepEqual(trialSize(OWN_SIZE), { width: 640, height: 640 });
});
