import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { mockTimers } from '../../testing/mockTimers.ts';
import { givenModel } from '../library/deviceFixtures.ts';
import { openDeviceSession } from './openSession.ts';
import { racerName } from './race.ts';
import type { SessionAnswer, SessionJob } from './sessionJob.ts';

type Behaviour = 'opens' | 'hangs' | 'fails';

/** All that follows from it has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A browser with two cores, whose workers do what a test says; its storage lasts from visit to visit. */
function givenBrowser(t: TestContext) {
  const { model, files } = givenModel('birds', '1');
  const behaviours = new Map<string, Behaviour>();
  const opened: string[] = [];
  const kept = new Map<string, string>();
  class StandInWorker {
    onmessage: ((event: { data: SessionAnswer }) => void) | undefined;
    #isHere = true;

    postMessage(job: SessionJob) {
      if (job.type === 'prove') this.#answer({ type: 'proved', certificate: certificate(0), inferMs: 50 });
      if (job.type !== 'open') return;
      const name = racerName({
        ...job.choice,
        provider: job.choice.provider === 'litert' ? 'litert' : 'wasm',
      });
      opened.push(name);
      const behaviour = behaviours.get(name) ?? 'opens';
      if (behaviour === 'fails') this.#answer({ type: 'failed', code: 'failed', message: 'it cannot' });
      if (behaviour === 'opens') {
        this.#answer({
          ...{ type: 'opened', runtime: 'a stand-in', inferMs: 50 },
          certificate: job.proof === 'known' ? undefined : certificate(job.proof === 'begun' ? 1 : 0),
        });
      }
    }

    terminate() {
      this.#isHere = false;
    }

    #answer(data: SessionAnswer) {
      setImmediate(() => this.#isHere && this.onmessage?.({ data }));
    }
  }
  const certificate = (pending: number) => ({
    ...{ model: 'birds', version: '1', passes: true, pending, deviceRuntime: 'a stand-in', provenAtMs: 0 },
    ...{ serverRuntime: undefined, recordedBy: undefined, withServer: undefined },
    withRecord: { goldens: 1, sameTop: 1, largestDifference: 0, problems: [] },
  });
  const navigator = { userAgent: '', maxTouchPoints: 0, hardwareConcurrency: 2 };
  const globals = {
    Worker: StandInWorker,
    self: { crossOriginIsolated: true },
    location: { href: 'http://localhost/' },
    navigator,
    localStorage: {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
      removeItem: (name: string) => void kept.delete(name),
    },
  };
  for (const [name, value] of Object.entries(globals)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    t.after(() => {
      Reflect.deleteProperty(globalThis, name);
      if (before) Object.defineProperty(globalThis, name, before);
    });
  }
  mockTimers(t, 'setTimeout');

  const begin = (signal = new AbortController().signal) =>
    openDeviceSession({
      model,
      files: { load: async (sha256) => files.get(sha256)?.slice().buffer ?? new ArrayBuffer(0) },
      signal,
      isUrgent: true,
    });
  /** @returns who was opened, and the session, which is closed */
  async function visit() {
    opened.length = 0;
    const opening = begin();
    await settle();
    // Nothing is late yet where one has opened.
    t.mock.timers.tick(10_000);
    await settle();
    const session = await opening;
    // The golden that is pending.
    t.mock.timers.tick(500);
    await settle();
    session.close();
    return { opened: [...opened], provider: session.provider };
  }
  return { behaviours, visit, begin, opened };
}

const LITERT = 'LiteRT.js, 2 threads';
const WASM = 'onnxruntime-web, 2 threads';
const ONE = 'onnxruntime-web, 1 thread';

test('LiteRT.js that was proven here and stands still now is passed over after two visits, however short', async (t) => {
  const { behaviours, visit } = givenBrowser(t);
  assert.deepEqual((await visit()).opened, [LITERT]);
  behaviours.set(LITERT, 'hangs');
  for (let late = 0; late < 2; late += 1) {
    const { opened, provider } = await visit();
    assert.deepEqual(opened, [LITERT, ONE]);
    assert.equal(provider.threads, 1);
  }
  assert.deepEqual((await visit()).opened, [WASM]);
});

test('a visit that ended while a person waited counts, too', async (t) => {
  const { behaviours, visit, begin } = givenBrowser(t);
  await visit();
  behaviours.set(LITERT, 'hangs').set(ONE, 'hangs');
  for (let late = 0; late < 2; late += 1) {
    const leaving = new AbortController();
    const opening = begin(leaving.signal);
    await settle();
    t.mock.timers.tick(10_000);
    await settle();
    leaving.abort(new Error('left'));
    await assert.rejects(opening, /left/);
  }
  assert.deepEqual((await visit()).opened, [WASM]);
});

test('one visit on a busy machine is forgotten when it is in time again', async (t) => {
  const { behaviours, visit } = givenBrowser(t);
  await visit();
  for (let time = 0; time < 3; time += 1) {
    behaviours.set(LITERT, 'hangs');
    assert.deepEqual((await visit()).opened, [LITERT, ONE]);
    behaviours.set(LITERT, 'opens');
    assert.deepEqual((await visit()).opened, [LITERT]);
  }
});

test('where no threads start, one thread is opened at once in the end', async (t) => {
  const { behaviours, visit } = givenBrowser(t);
  behaviours.set(LITERT, 'hangs').set(WASM, 'hangs');
  assert.deepEqual((await visit()).opened, [LITERT, ONE]);
  for (let late = 0; late < 2; late += 1) assert.deepEqual((await visit()).opened, [WASM, ONE]);
  assert.deepEqual((await visit()).opened, [ONE]);
});

test('LiteRT.js fails, and what is opened in its place is late: both are told', async (t) => {
  const { behaviours, visit } = givenBrowser(t);
  behaviours.set(LITERT, 'fails').set(WASM, 'hangs');
  const { opened, provider } = await visit();
  assert.deepEqual(opened, [LITERT, WASM, ONE]);
  assert.equal(provider.why, `WebGPU was not tried yet; ${LITERT}: it cannot; ${WASM}: late`);
});
