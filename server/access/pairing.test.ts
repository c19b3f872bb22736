import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { createPairing } from './pairing.ts';

const secret = randomBytes(32);
const HOUR_MS = 3_600_000;

test('a code pairs one device, within an hour', () => {
  let nowMs = 0;
  const pairing = createPairing(secret, () => nowMs);
  let paired = 0;
  pairing.onPaired(() => {
    paired += 1;
  });
  const { code } = pairing.mint();
  assert.equal(pairing.isWaiting(code), true);
  const device = pairing.redeem(code);
  assert.ok(device && pairing.deviceOf(device.token));
  assert.equal(pairing.isWaiting(code), false);
  assert.equal(pairing.redeem(code), undefined, 'a second device');
  assert.equal(pairing.redeem('something else'), undefined);

  const late = pairing.mint();
  nowMs = late.expiresAt;
  assert.equal(pairing.isWaiting(late.code), false);
  assert.equal(pairing.redeem(late.code), undefined, 'an hour later');
  assert.equal(paired, 1);
});

test('the right of a device outlives a restart, ends after 30 days, and is of this installation alone', () => {
  let nowMs = 0;
  const first = createPairing(secret, () => nowMs);
  const { token = '' } = first.redeem(first.mint().code) ?? {};
  const restarted = createPairing(secret, () => nowMs);
  assert.equal(restarted.deviceOf(token) !== undefined, true);
  assert.equal(createPairing(randomBytes(32), () => nowMs).deviceOf(token), undefined, 'of another secret');
  nowMs = 30 * 24 * HOUR_MS - 1;
  assert.equal(restarted.deviceOf(token) !== undefined, true);
  nowMs += 1;
  assert.equal(restarted.deviceOf(token), undefined);
});

test('a token that was changed is none', () => {
  const pairing = createPairing(secret, () => 0);
  const { token = '' } = pairing.redeem(pairing.mint().code) ?? {};
  const [name, id, expires, signature] = token.split('.');
  for (const forged of [
    undefined,
    '',
    'paired...',
    `${name}.${id}.${Number(expires) + 1}.${signature}`,
    `${name}.${id}.${expires}.${'A'.repeat(43)}`,
    `${token}x`,
  ]) {
    assert.equal(pairing.deviceOf(forged), undefined, forged);
  }
});
