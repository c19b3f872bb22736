import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Check, runChecks } from './runChecks.ts';

const GOOD = { code: 'secure', facts: {} } as const;
const check = (id: Check['id'], run: Check['run'], deadlineMs = 60_000): Check => ({ id, deadlineMs, run });

async function reported(checks: Check[], signal = new AbortController().signal) {
  const events: string[] = [];
  await runChecks(checks, {
    signal,
    onStart: (id) => events.push(`${id} …`),
    onFinding: (id, { code }) => events.push(`${id} ${code}`),
  });
  return events;
}

test('one after the other, each reported as it starts and as it ends', async () => {
  const events = await reported([check('secure', async () => GOOD), check('storage', async () => GOOD)]);
  assert.deepEqual(events, ['secure …', 'secure secure', 'storage …', 'storage secure']);
});

test('a check that fails fails alone, with its message', async () => {
  const events = await reported([
    check('workers', () => Promise.reject(new Error('broken'))),
    check('secure', async () => GOOD),
  ]);
  assert.deepEqual(events, ['workers …', 'workers checkFailed', 'secure …', 'secure secure']);
});

test('a check that takes too long is given up, and aborted', async () => {
  let ended = false;
  const never = (signal: AbortSignal) =>
    new Promise<never>(() => signal.addEventListener('abort', () => (ended = true)));
  const events = await reported([check('camera', never, 1), check('secure', async () => GOOD)]);
  assert.deepEqual(events, ['camera …', 'camera tooSlow', 'secure …', 'secure secure']);
  assert.ok(ended);
});

test('a run that is ended tells nothing more, and ends what runs', async () => {
  const ending = new AbortController();
  let ended = false;
  const events = await reported(
    [
      check('camera', (signal) => {
        signal.addEventListener('abort', () => (ended = true));
        ending.abort();
        return new Promise(() => {});
      }),
      check('secure', async () => GOOD),
    ],
    ending.signal,
  );
  assert.deepEqual(events, ['camera …']);
  assert.ok(ended);
});
