import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { NatsConnection } from '@nats-io/transport-node';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { createServerChoice, leaveSilentServer } from './leaveSilent.ts';

type Pool = Parameters<ReturnType<typeof createServerChoice>['pick']>[0];
const poolOf = (...servers: string[]) => servers.map((listen) => ({ listen })) as unknown as Pool;

/** A connection to a server that sends what the test says, watched for so many seconds. */
function watch(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const server = { answersPings: true, bytesPerSecond: 0, hasOthers: true };
  let inBytes = 0;
  let left = 0;
  const avoided: string[] = [];
  const connection = {
    isClosed: () => false,
    isDraining: () => false,
    getServer: () => 'a:4222',
    stats: () => ({ inBytes }),
    flush: () => (server.answersPings ? Promise.resolve() : new Promise(() => {})),
    async reconnect() {
      left += 1;
    },
  };
  const stop = leaveSilentServer(connection as unknown as NatsConnection, {
    isConnected: () => true,
    hasOthers: () => server.hasOthers,
    choice: { avoid: (one) => void avoided.push(one) },
    log: SILENT_LOG,
  });
  t.after(stop);
  return {
    server,
    avoided,
    left: () => left,
    async pass(seconds: number) {
      for (let at = 0; at < seconds * 20; at++) {
        inBytes += server.bytesPerSecond / 20;
        t.mock.timers.tick(50);
        await Promise.resolve();
      }
    },
  };
}

test('a server that says nothing is left within 2 s, and avoided', async (t) => {
  const { server, avoided, left, pass } = watch(t);
  await pass(60);
  assert.equal(left(), 0, 'it answers pings, and nothing else happens');
  server.answersPings = false;
  await pass(1);
  assert.equal(left(), 0);
  await pass(1);
  assert.deepEqual([left(), avoided], [1, ['a:4222']]);
});

test('the only server is left later', async (t) => {
  const { server, left, pass } = watch(t);
  server.hasOthers = false;
  server.answersPings = false;
  await pass(3);
  assert.equal(left(), 0);
  await pass(3);
  assert.equal(left(), 1);
});

test('a server whose answers to pings wait behind a large file is not left', async (t) => {
  const { server, left, pass } = watch(t);
  server.answersPings = false;
  server.bytesPerSecond = 10_000;
  await pass(60);
  assert.equal(left(), 0);
});

test('the next attempt goes to another server than the one that was left, if there is one', () => {
  const { pick, avoid } = createServerChoice();
  assert.equal(pick(poolOf('a', 'b', 'c'), null), null, 'as the client chooses');
  avoid('a');
  assert.deepEqual(pick(poolOf('a', 'b', 'c'), null), { listen: 'b' });
  assert.equal(pick(poolOf('b', 'a', 'c'), null), null);
  assert.equal(pick(poolOf('a'), null), null);
});
