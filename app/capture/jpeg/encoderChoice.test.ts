import assert from 'node:assert/strict';
import test from 'node:test';
import { EncoderChoice } from './encoderChoice.ts';

function encode(choice: EncoderChoice, times: readonly number[], nowMs: number): void {
  for (const ms of times) choice.took(ms, nowMs);
}

test('a slow device leaves encoding to its browser for a time, twice as long when it is still slow', () => {
  const choice = new EncoderChoice();
  encode(choice, new Array(7).fill(40), 0);
  assert.ok(choice.keepsColours(0), 'too few frames to tell');
  encode(choice, [40], 0);
  assert.ok(!choice.keepsColours(29_999));
  assert.ok(choice.keepsColours(30_000));
  encode(choice, new Array(8).fill(40), 30_000);
  assert.ok(!choice.keepsColours(89_999));
  assert.ok(choice.keepsColours(90_000));
});

test('a few frames that had to wait do not make a device slow, and a fast one begins anew', () => {
  const choice = new EncoderChoice();
  encode(choice, [9, 9, 200, 9, 9, 300, 9, 250], 0);
  assert.ok(choice.keepsColours(0));
  encode(choice, new Array(8).fill(40), 0);
  encode(choice, new Array(8).fill(9), 30_000);
  encode(choice, new Array(8).fill(40), 30_000);
  assert.ok(!choice.keepsColours(59_999));
  assert.ok(choice.keepsColours(60_000));
});
