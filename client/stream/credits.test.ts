import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Credits, type SentFrame } from './credits.ts';

const frame = (seq: number, sentAtMs: number): SentFrame => ({
  seq,
  modelIndex: 0,
  sentAtMs,
  capturedAtMs: sentAtMs - 20,
  grabbedAtMs: sentAtMs - 10,
  bytes: 100,
  context: undefined,
});

test('a frame spends a credit and its answer gives it back', () => {
  const credits = new Credits(2);
  credits.spend(frame(1, 100));
  credits.spend(frame(2, 120));
  assert.equal(credits.free, 0);
  assert.equal(credits.settle(1)?.sentAtMs, 100);
  assert.equal(credits.free, 1);
});

test('spending without a credit throws', () => {
  const credits = new Credits(1);
  credits.spend(frame(1, 0));
  assert.throws(() => credits.spend(frame(2, 1)), /needs a credit/);
});

test('an answer that was not asked for gives no credit', () => {
  const credits = new Credits(1);
  assert.equal(credits.settle(9), undefined);
  assert.equal(credits.free, 1);
});

test('the oldest unanswered frame is known, out of order answers or not', () => {
  const credits = new Credits(3);
  assert.equal(credits.oldestSentAtMs, undefined);
  credits.spend(frame(1, 100));
  credits.spend(frame(2, 200));
  credits.spend(frame(3, 300));
  credits.settle(2);
  assert.equal(credits.oldestSentAtMs, 100);
  credits.settle(1);
  assert.equal(credits.oldestSentAtMs, 300);
});
