import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError } from '../../client/clientError.ts';
import { patiently } from './patiently.ts';

const { signal } = new AbortController();
const busy = (retryAfterMs: number) => new ClientError('server_busy', 'full', { status: 503, retryAfterMs });

/** Throws these, one after the other, and is answered then. */
function server(...errors: Error[]) {
  const asked = { times: 0 };
  const ask = async () => {
    const error = errors[asked.times++];
    if (error) throw error;
    return 'taken';
  };
  return { asked, ask };
}

test('a server that is busy for a moment is asked again, a few times', async () => {
  const moment = server(busy(0), busy(0));
  assert.equal(await patiently(moment.ask, signal), 'taken');
  assert.equal(moment.asked.times, 3);
  const long = server(...Array.from({ length: 9 }, () => busy(0)));
  await assert.rejects(patiently(long.ask, signal), { code: 'server_busy' });
  assert.equal(long.asked.times, 5);
});

test('what a person would wait for too long is told at once, and so is what does not pass by itself', async () => {
  for (const error of [
    busy(3_600_000),
    new ClientError('conflict', 'full', { status: 409 }),
    new ClientError('unreachable', 'away'),
  ]) {
    const once = server(error);
    await assert.rejects(patiently(once.ask, signal), error);
    assert.equal(once.asked.times, 1);
  }
});
