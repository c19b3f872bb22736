import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockTimers } from '../../testing/mockTimers.ts';
import { givenModel } from '../library/deviceFixtures.ts';
import { serveModel } from './serveModel.ts';
import type { SessionAnswer, SessionJob } from './sessionJob.ts';

test('while it loads and opens a worker tells each second that its thread is free, and not after that', async (t) => {
  mockTimers(t, 'setInterval');
  const said: SessionAnswer['type'][] = [];
  let tellAnswer = () => {};
  const answered = new Promise<void>((resolve) => {
    tellAnswer = resolve;
  });
  const scope: { onmessage?(event: { data: SessionJob }): void; postMessage(answer: SessionAnswer): void } = {
    postMessage({ type }) {
      said.push(type);
      if (type !== 'alive' && type !== 'progress') tellAnswer();
    },
  };
  Object.defineProperty(globalThis, 'self', { value: scope, configurable: true });
  t.after(() => Reflect.deleteProperty(globalThis, 'self'));
  // Node.js has no canvas, so that opening fails, which is an answer, too.
  serveModel({ load: () => new Promise(() => {}), openModel: () => new Promise(() => {}) });
  const choice = { provider: 'litert', threads: 2 } as const;
  const runtimeUrl = 'http://localhost/runtime/';

  scope.onmessage?.({ data: { type: 'load', runtimeUrl, choice } });
  t.mock.timers.tick(3_000);
  assert.deepEqual(said, ['alive', 'alive', 'alive']);

  const { model } = givenModel('birds', '1');
  scope.onmessage?.({
    data: { type: 'open', model, graphs: {}, pictures: [], runtimeUrl, choice, proof: 'begun' },
  });
  await answered;
  t.mock.timers.tick(3_000);
  assert.deepEqual(said, ['alive', 'alive', 'alive', 'failed']);
});
