import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { ERRORS, isAbort, isRetryableClose, messageOf, textOf } from './errors.ts';
import { Sentence } from './sentence.ts';

test('the table in SPEC.md is the one in the code', async () => {
  const spec = await readFile('protocol/SPEC.md', 'utf8');
  const rows = [...spec.matchAll(/^\| `(\w+)` +\| (\d+) +\| (\d+) +\| (yes|no) +\|/gm)];
  const documented = Object.fromEntries(
    rows.map(([, code = '', close, http, retryable]) => [
      code,
      { close: Number(close), http: Number(http), retryable: retryable === 'yes' },
    ]),
  );
  assert.deepEqual(documented, ERRORS);
});

test('G2: a client comes back after a close that is retryable or without a known code', () => {
  for (const code of [1006, 1001, 1012, 1013, 4408, 4429])
    assert.equal(isRetryableClose(code), true, String(code));
  for (const code of [4401, 4403, 4404, 4409, 4426, 1009])
    assert.equal(isRetryableClose(code), false, String(code));
});

test('what a runtime says of a signal is no message: it names neither what happened nor what to do', async () => {
  const ending = new AbortController();
  ending.abort();
  const { reason: late } = await timedOut();
  for (const reason of [ending.signal.reason, late]) {
    const text = textOf(reason);
    assert.ok(text instanceof Sentence, 'it has a code, for other languages');
    assert.equal(messageOf(reason), text.text);
    assert.doesNotMatch(messageOf(reason), /abort|reason|signal|operation/i);
    assert.match(messageOf(reason), /Try again\.$/);
  }
  assert.deepEqual([ending.signal.reason, late].map(isAbort), [true, false]);
  const other = new DOMException('The disk is full.', 'QuotaExceededError');
  assert.equal(messageOf(other), 'The disk is full.');
  assert.equal(messageOf('thrown'), 'thrown');
});

const timedOut = (): Promise<AbortSignal> =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(1);
    signal.addEventListener('abort', () => resolve(signal));
  });
