import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelBoundMs, QuickAnswer } from './labelBound.ts';

test('labels are shown as long as the server says, also over a link of 300 ms', () => {
  for (const answerMs of [undefined, 5, 320, 500]) assert.equal(labelBoundMs(1_000, answerMs), 1_000);
});

test('where even quick answers are slow, the bound is the least multiple that holds twice of one', () => {
  assert.equal(labelBoundMs(1_000, 501), 2_000);
  assert.equal(labelBoundMs(1_000, 1_200), 3_000);
  assert.equal(labelBoundMs(50, 40), 100);
});

test('answers that a stalled link held up do not raise the bound', () => {
  const quick = new QuickAnswer();
  for (let i = 0; i < 10; i += 1) quick.add(60);
  for (let i = 0; i < 4; i += 1) quick.add(5_000);
  assert.equal(quick.ms, 60);
});

test('nor do the first ones of a link, nor those of the link before', () => {
  const quick = new QuickAnswer();
  for (const answerMs of [3_000, 2_000, 900]) quick.add(answerMs);
  assert.equal(quick.ms, undefined);
  quick.add(800);
  assert.equal(quick.ms, 800);
  quick.reset();
  assert.equal(quick.ms, undefined);
});

test('a link that has become slow is believed after a while', () => {
  const quick = new QuickAnswer();
  quick.add(60);
  for (let i = 0; i < 16; i += 1) quick.add(1_200);
  assert.equal(quick.ms, 1_200);
});
