import assert from 'node:assert/strict';
import test from 'node:test';
import { createOneTimeCodes } from './oneTimeCode.ts';

test('a code is long, good once, and not forever', () => {
  let now = 1_000;
  const codes = createOneTimeCodes({ lifetimeMs: 100, max: 10, now: () => now });
  const { code, expiresAt } = codes.mint();
  assert.ok(Buffer.from(code, 'base64url').byteLength >= 16);
  assert.equal(expiresAt, 1_100);
  assert.equal(codes.redeem(`${code}x`), false);
  assert.equal(codes.redeem(code), true);
  assert.equal(codes.redeem(code), false);
  const late = codes.mint();
  now = late.expiresAt;
  assert.equal(codes.redeem(late.code), false);
});

test('a bounded number of codes wait to be used; the oldest make room', () => {
  const codes = createOneTimeCodes({ lifetimeMs: 100, max: 2, now: () => 0 });
  const [first, second, third] = [codes.mint(), codes.mint(), codes.mint()];
  assert.deepEqual(
    [first, second, third].map(({ code }) => codes.redeem(code)),
    [false, true, true],
  );
});
