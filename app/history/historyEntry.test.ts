import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_AGE_DAYS, MAX_ENTRIES, surplus } from './historyEntry.ts';

const DAY_MS = 86_400_000;

test('the newest are kept, up to the number; what is older than the days goes in any case', () => {
  const nowMs = 1_000 * DAY_MS;
  const entries = Array.from({ length: MAX_ENTRIES + 3 }, (_, index) => ({ id: index, atMs: nowMs - index }));
  assert.deepEqual(surplus(entries, nowMs), [MAX_ENTRIES, MAX_ENTRIES + 1, MAX_ENTRIES + 2]);
  const old = [
    { id: 1, atMs: nowMs - (MAX_AGE_DAYS - 1) * DAY_MS },
    { id: 2, atMs: nowMs - (MAX_AGE_DAYS + 1) * DAY_MS },
  ];
  assert.deepEqual(surplus(old, nowMs), [2]);
  assert.deepEqual(surplus([], nowMs), []);
});
