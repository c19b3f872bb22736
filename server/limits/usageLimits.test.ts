import assert from 'node:assert/strict';
import test from 'node:test';
import { CodedError } from '../../protocol/errors.ts';
import { createTokenBuckets } from './tokenBucket.ts';
import { createUsageLimits, type UsageLimitsOptions } from './usageLimits.ts';

const NONE: UsageLimitsOptions = {
  maxSessionsPerToken: undefined,
  maxPicturesPerToken: undefined,
  maxFramesPerSecondPerToken: undefined,
  maxFramesPerSecondPerAddress: undefined,
  maxBytesPerSecondPerToken: undefined,
  maxBytesPerSecondPerAddress: undefined,
};
const ANN = { address: '192.0.2.1', subject: 'ann' };
const BOB = { address: '192.0.2.1', subject: 'bob' };
const ANYONE = { address: '192.0.2.1', subject: undefined };
const isRateLimited = (error: unknown) => error instanceof CodedError && error.code === 'rate_limited';

test('a bucket holds a second, and what was taken in advance is made up', () => {
  const buckets = createTokenBuckets(10);
  for (let taken = 0; taken < 10; taken++) {
    assert.equal(buckets.waitMs('a', 0), 0);
    buckets.take('a', 1, 0);
  }
  assert.equal(buckets.waitMs('a', 0), 100);
  assert.equal(buckets.waitMs('a', 100), 0);
  assert.equal(buckets.waitMs('b', 0), 0, 'each has its own');
  buckets.take('b', 30, 0);
  assert.equal(buckets.waitMs('b', 0), 2_100);
  assert.equal(buckets.waitMs('b', 1_000_000), 0);
  buckets.take('b', 10, 1_000_000);
  assert.equal(buckets.waitMs('b', 1_000_000), 100, 'idle time is not saved up');
  for (let at = 0; at < 30_000; at++) buckets.take(`${at}`, 100, 0);
  assert.ok(buckets.waitMs('29999', 0) > 0, 'names that are made up push out no one who is there now');
});

test('nothing is limited where nothing is set', () => {
  const usage = createUsageLimits(NONE, () => 0);
  for (let at = 0; at < 1_000; at++) {
    usage.openSession(ANN);
    usage.beginPicture(ANN);
    assert.equal(usage.takeFrame(ANN, 1 << 20), 0);
  }
});

test('sessions and pictures at a time are counted by person, and given back once', () => {
  const usage = createUsageLimits({ ...NONE, maxSessionsPerToken: 1, maxPicturesPerToken: 1 }, () => 0);
  const end = usage.openSession(ANN);
  assert.throws(() => usage.openSession(ANN), isRateLimited);
  usage.openSession(BOB);
  for (let at = 0; at < 3; at++) usage.openSession(ANYONE);
  end();
  end();
  usage.openSession(ANN);
  assert.throws(() => usage.openSession(ANN), isRateLimited);
  usage.beginPicture(ANN)();
  usage.beginPicture(ANN);
  assert.throws(() => usage.beginPicture(ANN), isRateLimited);
});

test('frames and bytes a second are limited by person and by address; a frame that is refused costs nothing', () => {
  let nowMs = 0;
  const usage = createUsageLimits(
    {
      ...NONE,
      maxFramesPerSecondPerToken: 2,
      maxFramesPerSecondPerAddress: 3,
      maxBytesPerSecondPerToken: 1_024,
    },
    () => nowMs,
  );
  assert.deepEqual([usage.takeFrame(ANN, 1), usage.takeFrame(ANN, 1)], [0, 0]);
  assert.equal(usage.takeFrame(ANN, 1), 500);
  assert.equal(usage.takeFrame(ANN, 1), 500);
  assert.throws(() => usage.beginPicture(ANN), isRateLimited);
  assert.equal(usage.takeFrame(BOB, 5_120), 0, 'larger than a second of bytes: it is taken, and made up for');
  assert.ok(usage.takeFrame(BOB, 1) > 3_000);
  assert.ok(usage.takeFrame(ANYONE, 1) > 0, 'the address has had its three');
  nowMs = 10_000;
  assert.equal(usage.takeFrame(ANYONE, 1 << 20), 0);
  usage.charge(ANN, 4_096);
  assert.ok(usage.takeFrame(ANN, 1) > 2_000, 'bytes of a picture that have come count');
});
