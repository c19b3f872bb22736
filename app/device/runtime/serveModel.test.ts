import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { mockTimers } from '../../testing/mockTimers.ts';
import { givenModel } from '../library/deviceFixtures.ts';
import { serveModel } from './serveModel.ts';
import type { SessionAnswer, SessionJob } from './sessionJob.ts';

/** @returns reports that a file has come */
function standInObserver(t: TestContext): (name: string) => void {
  const { PerformanceObserver } = globalThis;
  t.after(() => Object.assign(globalThis, { PerformanceObserver }));
  let report = (_: string) => {};
  class StandInObserver {
    constructor(onEntries: (list: { getEntries(): { name: string }[] }) => void) {
      report = (name) => onEntries({ getEntries: () => [{ name }] });
    }
    observe() {}
    disconnect() {}
  }
  Object.assign(globalThis, { PerformanceObserver: StandInObserver });
  return (name) => report(name);
}

test('while it loads and opens a worker tells which files have come, and each second that its thread is free, and not after that', async (t) => {
  mockTimers(t, 'setInterval');
  const load = standInObserver(t);
  const said: string[] = [];
  let tellAnswer = () => {};
  const answered = new Promise<void>((resolve) => {
    tellAnswer = resolve;
  });
  const scope: { onmessage?(event: { data: SessionJob }): void; postMessage(answer: SessionAnswer): void } = {
    postMessage(answer) {
      const { type } = answer;
      said.push(type === 'progress' ? answer.stage : type);
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
  assert.deepEqual(said.splice(0), ['alive', 'alive', 'alive']);
  // Threads load a script again after the last file.
  for (const name of ['a.js', 'a.wasm', 'a.js']) load(runtimeUrl + name);
  assert.deepEqual(said.splice(0), ['loading', 'starting', 'starting']);

  const { model } = givenModel('birds', '1');
  scope.onmessage?.({
    data: { type: 'open', model, graphs: {}, pictures: [], runtimeUrl, choice, proof: 'begun' },
  });
  await answered;
  t.mock.timers.tick(3_000);
  assert.deepEqual(said, ['failed']);
});
