import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxLabelAgeMs } from './maxLabelAge.ts';
import { TypicalLatency } from './typicalLatency.ts';

test('S6: labels are shown as long as the server says, also over a link of 300 ms', () => {
  for (const answerMs of [undefined, 5, 320, 500]) assert.equal(maxLabelAgeMs(1_000, answerMs), 1_000);
});

test('S6: where answers are slow, the bound is the least multiple that holds twice the usual one', () => {
  assert.equal(maxLabelAgeMs(1_000, 501), 2_000);
  assert.equal(maxLabelAgeMs(1_000, 1_200), 3_000);
  assert.equal(maxLabelAgeMs(50, 40), 100);
});

test('the four answers that a stalled link held up do not raise the bound, early or late', () => {
  for (const before of [4, 5, 12, 100]) {
    const typical = new TypicalLatency();
    for (let i = 0; i < before; i += 1) typical.add(60);
    for (let i = 0; i < 4; i += 1) typical.add(5_000);
    assert.equal(typical.ms, 60, `after ${before}`);
  }
});

test('nor do the first ones of a link, nor those of the link before', () => {
  const typical = new TypicalLatency();
  for (const answerMs of [3_000, 2_000, 900]) typical.add(answerMs);
  assert.equal(typical.ms, undefined);
  typical.add(800);
  assert.equal(typical.ms, 900);
  typical.reset();
  assert.equal(typical.ms, undefined);
});

test('a link that has become slow is believed after a while, and a quick one again', () => {
  const typical = new TypicalLatency();
  for (const [before, now] of [
    [60, 1_200],
    [1_200, 60],
  ] as const) {
    for (let i = 0; i < 12; i += 1) typical.add(before);
    for (let i = 0; i < 8; i += 1) typical.add(now);
    assert.equal(typical.ms, now);
  }
});
