import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFormats } from './formats.ts';
import { DELIVERED } from './words.ts';

test('sizes, times and counts are rounded to what a person needs', () => {
  const format = createFormats('en');
  assert.equal(format.bytes(840), '840 B');
  assert.equal(format.bytes(13_600_000), '13.6 MB');
  assert.equal(format.bytes(4_712_000), '4.7 MB');
  assert.equal(format.ms(18.04), '18 ms');
  assert.equal(format.ms(3.96), '4 ms');
  assert.equal(format.compact(3_504_872), '3.5M');
  assert.equal(format.percent(0.4), '40%');
  assert.equal(format.duration(899.6), '900 ms');
  assert.equal(format.duration(3_460), '3.5 s');
  assert.equal(DELIVERED.words.counts.labels(1), '1 label');
  assert.equal(DELIVERED.words.counts.labels(1000), '1,000 labels');
  const { readout, verdicts } = DELIVERED.words;
  // As the number next to it is rounded.
  assert.deepEqual([0.4, 0.8, 1.4, 1.6].map(readout.labels), ['labels', 'label', 'label', 'labels']);
  assert.match(verdicts.namedRight(1, 1), /1 of 1 picture with/);
});

test('numbers and dates are those of the language', () => {
  const german = createFormats('de');
  assert.equal(german.bytes(13_600_000), '13,6 MB');
  assert.equal(german.number(1_000), '1.000');
  const chinese = createFormats('zh-Hans');
  assert.equal(chinese.compact(3_504_872), '350万');
  assert.match(chinese.date('2026-11-28T12:00:00Z') ?? '', /^2026年11月28日/);
  assert.equal(chinese.date('never'), undefined);
});
