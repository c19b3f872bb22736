import assert from 'node:assert/strict';
import test from 'node:test';
import { createAnswerTimes } from './answerTimes.ts';

const OPTIONS = { floorMs: 400, ceilingMs: 5_000 };

test('a worker is considered silent after four times the usual longest answer, between a floor and a ceiling', () => {
  const times = createAnswerTimes(OPTIONS);
  for (let i = 0; i < 50; i++) times.record('quick', 20);
  for (let i = 0; i < 50; i++) times.record('slow', 200 + i);
  for (let i = 0; i < 50; i++) times.record('minutes', 60_000);
  assert.equal(times.limitMs('quick', 20, 0), 400);
  assert.equal(times.limitMs('slow', 20, 0), 4 * 247);
  assert.equal(times.limitMs('minutes', 20, 0), 5_000);
});

test('two accidents in fifty answers do not count, a machine that became slower does', () => {
  const times = createAnswerTimes(OPTIONS);
  for (let i = 0; i < 48; i++) times.record('model', 150);
  times.record('model', 4_000);
  times.record('model', 4_000);
  assert.equal(times.limitMs('model', 150, 0), 600);
  for (let i = 0; i < 10; i++) times.record('model', 300);
  assert.equal(times.limitMs('model', 150, 0), 1_200);
});

test('until there are answers, what loading measured counts', () => {
  const times = createAnswerTimes(OPTIONS);
  assert.equal(times.limitMs('new', 20, 0), 1_000);
  assert.equal(times.limitMs('new', 300, 0), 2_400);
  for (let i = 0; i < 5; i++) times.record('new', 30);
  assert.equal(times.limitMs('new', 300, 0), 400);
});

test('each false alarm doubles the patience, each quiet half minute halves it', () => {
  const times = createAnswerTimes(OPTIONS);
  for (let i = 0; i < 5; i++) times.record('model', 30);
  times.falseAlarm(0);
  assert.equal(times.limitMs('model', 30, 1), 800);
  for (let i = 0; i < 10; i++) times.falseAlarm(10);
  assert.equal(times.limitMs('model', 30, 20), 3_200);
  assert.equal(times.limitMs('model', 30, 30_010), 1_600);
  assert.equal(times.limitMs('model', 30, 90_010), 400);
});
