import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { ERRORS, isRetryableClose } from './errors.ts';

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
