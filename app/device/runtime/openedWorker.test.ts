import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockTimers } from '../../testing/mockTimers.ts';
import { DeviceTimeout } from './deviceSession.ts';
import { type OpenedWorker, openWithin } from './openedWorker.ts';

const GPU = { provider: 'webgpu', threads: 1 } as const;
const never = new AbortController().signal;

/** A worker that never opens; `onFile` says that a file of its runtime has come. */
function hanging() {
  let onFile = () => {};
  const open = (_: unknown, signal: AbortSignal, arrived = () => {}): Promise<OpenedWorker> => {
    onFile = arrived;
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  return { open, onFile: () => onFile() };
}

test('the limit of a trial begins again when a file of the runtime has come', async (t) => {
  mockTimers(t, 'setTimeout');
  const { open, onFile } = hanging();
  const failures: unknown[] = [];
  const opening = openWithin(120_000, open, GPU, never).catch((error: unknown) => failures.push(error));
  t.mock.timers.tick(119_000);
  onFile();
  t.mock.timers.tick(119_000);
  await new Promise(setImmediate);
  assert.equal(failures.length, 0, 'its download took long, and it had no time to start yet');
  t.mock.timers.tick(1_000);
  await opening;
  assert.ok(failures[0] instanceof DeviceTimeout);
});

test('who ends a trial hears its own reason', async () => {
  const ending = new AbortController();
  const { open } = hanging();
  const opening = openWithin(120_000, open, GPU, ending.signal);
  ending.abort(new Error('closed'));
  await assert.rejects(opening, /closed/);
});
