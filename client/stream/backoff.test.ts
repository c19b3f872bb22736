import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUSY, LOST } from './backoff.ts';

test('the first try after a loss comes within 100 to 250 ms', () => {
  assert.equal(LOST.delayMs(0, 0), 100);
  assert.equal(LOST.delayMs(0, 1), 250);
});

test('a server that is back after 2.3 s is found before 2.8 s, however the dice fall', () => {
  for (const random of [0, 0.25, 0.5, 0.75, 1]) {
    let triedAtMs = 0;
    for (let attempt = 0; triedAtMs < 2300; attempt += 1) triedAtMs += LOST.delayMs(attempt, random);
    assert.ok(triedAtMs <= 2800, `with ${random} the try comes at ${triedAtMs} ms`);
  }
});

test('delays grow to five seconds and no further', () => {
  assert.ok(LOST.delayMs(16, 0.5) > LOST.delayMs(14, 0.5));
  for (const attempt of [19, 30, 500]) assert.ok(LOST.delayMs(attempt, 1) <= 5000);
  assert.ok(LOST.delayMs(500, 0) >= 3000);
});

test('a busy server is asked again after two seconds at first, and at most every fifteen', () => {
  assert.ok(BUSY.delayMs(0, 0) >= 1500);
  assert.equal(BUSY.delayMs(500, 1), 15_000);
});
