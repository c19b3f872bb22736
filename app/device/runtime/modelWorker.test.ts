import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { mockTimers } from '../../testing/mockTimers.ts';
import { givenModel } from '../library/deviceFixtures.ts';
import { DeviceError, DeviceTimeout } from './deviceSession.ts';
import { ModelWorker } from './modelWorker.ts';
import type { ProviderChoice, SessionAnswer, SessionJob } from './sessionJob.ts';

const INFER_MS = 800;
const OPTIONS = { skipUnchanged: false, isSecondary: false };
const PICTURE = { width: 8, height: 8, close() {} };

/** Opens its model at once, and answers runs when a test says so. */
class StandInWorker {
  static last: StandInWorker | undefined;
  static opensByItself = true;
  onmessage: ((event: { data: SessionAnswer }) => void) | undefined;
  isTerminated = false;
  readonly jobs: SessionJob['type'][] = [];

  constructor() {
    StandInWorker.last = this;
  }

  postMessage(job: SessionJob) {
    this.jobs.push(job.type);
    if (job.type === 'open' && StandInWorker.opensByItself) this.open();
  }

  open() {
    const certificate = {
      model: 'birds',
      version: '1',
      passes: true,
      pending: 0,
      deviceRuntime: 'a stand-in',
      serverRuntime: undefined,
      recordedBy: undefined,
      withRecord: { goldens: 1, sameTop: 1, largestDifference: 0, problems: [] },
      withServer: undefined,
      provenAtMs: 0,
    };
    this.answer({ type: 'opened', certificate, runtime: 'a stand-in', inferMs: INFER_MS });
  }

  answer(data: SessionAnswer) {
    this.onmessage?.({ data });
  }

  terminate() {
    this.isTerminated = true;
  }
}

function beginOpening(
  t: TestContext,
  choice: ProviderChoice = { provider: 'wasm', threads: 1 },
  onLate?: () => void,
) {
  const stands = { Worker: StandInWorker };
  for (const [name, value] of Object.entries(stands)) {
    Object.defineProperty(globalThis, name, { value, configurable: true });
    t.after(() => Reflect.deleteProperty(globalThis, name));
  }
  const { model, files } = givenModel('birds', '1');
  return ModelWorker.open({
    model,
    files: { load: async (sha256) => files.get(sha256)?.buffer ?? new ArrayBuffer(0) },
    runtimeUrl: 'http://localhost/runtime/',
    choice,
    signal: new AbortController().signal,
    onLate,
  });
}

async function open(t: TestContext) {
  const worker = await beginOpening(t);
  const behind = StandInWorker.last;
  assert(behind);
  const lost: DeviceError[] = [];
  worker.onLost((why) => lost.push(why));
  mockTimers(t, 'setTimeout');
  return { worker, behind, lost };
}

test('a worker that hangs without dying is given up after twenty times its usual run', async (t) => {
  const { worker, behind, lost } = await open(t);
  const run = worker.run(PICTURE, OPTIONS);
  t.mock.timers.tick(20 * INFER_MS - 1);
  assert.deepEqual([worker.busy, lost.length, behind.isTerminated], [true, 0, false]);
  t.mock.timers.tick(1);
  await assert.rejects(run, DeviceError);
  assert.deepEqual([lost.length, behind.isTerminated], [1, true], 'its owner opens another');
});

test('a comparison has a limit of its own, as frames wait for it; what took too long says so', async (t) => {
  const { worker, behind } = await open(t);
  const timed = worker.time(2_000);
  t.mock.timers.tick(1_999);
  assert.equal(behind.isTerminated, false);
  t.mock.timers.tick(1);
  await assert.rejects(timed, DeviceTimeout);
  assert.equal(behind.isTerminated, true);
});

test('a run that ends in time is no hang, however long the worker rests after it', async (t) => {
  const { worker, behind, lost } = await open(t);
  const run = worker.run(PICTURE, OPTIONS);
  t.mock.timers.tick(5_000);
  behind.answer({
    type: 'seen',
    result: {
      changed: true,
      answer: { task: 'object-detection', detections: [] },
      seen: [0, 0, 1, 1],
      drawMs: 1,
      inferMs: INFER_MS,
    },
  });
  await run;
  t.mock.timers.tick(60_000);
  assert.deepEqual([worker.busy, lost.length, behind.isTerminated], [false, 0, false]);
});

/** A worker that has been asked to open its model, and does when a test says so. */
async function hesitate(t: TestContext, choice?: ProviderChoice, onLate?: () => void) {
  StandInWorker.opensByItself = false;
  t.after(() => {
    StandInWorker.opensByItself = true;
  });
  StandInWorker.last = undefined;
  mockTimers(t, 'setTimeout');
  const opening = beginOpening(t, choice, onLate);
  opening.catch(() => {});
  let behind: StandInWorker | undefined;
  while (!behind?.jobs.includes('open')) {
    await new Promise(setImmediate);
    behind = StandInWorker.last;
  }
  return { opening, behind };
}

const coded = (code: DeviceError['code']) => (error: unknown) =>
  error instanceof DeviceError && error.code === code;

test('a runtime that never loads is not waited for forever', async (t) => {
  const { opening, behind } = await hesitate(t);
  t.mock.timers.tick(61_000);
  await assert.rejects(opening, coded('unreachable'));
  assert.equal(behind.isTerminated, true);
});

test('threads that never start are a failure of their own, which one thread may not have', async (t) => {
  const { opening, behind } = await hesitate(t);
  t.mock.timers.tick(59_000);
  behind.answer({ type: 'progress', stage: 'loading' });
  t.mock.timers.tick(59_000);
  behind.answer({ type: 'progress', stage: 'starting' });
  assert.equal(behind.isTerminated, false);
  t.mock.timers.tick(61_000);
  await assert.rejects(opening, coded('failed'));
  assert.equal(behind.isTerminated, true);
});

test('a model that starts slowly, step by step, starts', async (t) => {
  const { opening, behind } = await hesitate(t);
  for (let step = 0; step < 10; step += 1) {
    t.mock.timers.tick(59_000);
    behind.answer({ type: 'progress', stage: 'starting' });
  }
  behind.open();
  const worker = await opening;
  t.mock.timers.tick(100_000);
  assert.equal(behind.isTerminated, false);
  assert.equal(worker.busy, false);
});

/** As `hesitate`, and counts how often it was late. */
async function hesitateInTime(t: TestContext) {
  let late = 0;
  const { behind } = await hesitate(t, undefined, () => {
    late += 1;
  });
  return { behind, late: () => late };
}

test('a worker that says nothing at all is late after 10 s, once, and goes on', async (t) => {
  const { behind, late } = await hesitateInTime(t);
  behind.answer({ type: 'progress', stage: 'starting' });
  t.mock.timers.tick(9_999);
  assert.equal(late(), 0);
  t.mock.timers.tick(1);
  assert.equal(late(), 1);
  t.mock.timers.tick(20_000);
  assert.deepEqual([late(), behind.isTerminated], [1, false]);
});

test('while files are on their way, a worker whose thread is free is not late', async (t) => {
  const { behind, late } = await hesitateInTime(t);
  for (let second = 0; second < 50; second += 1) {
    t.mock.timers.tick(1_000);
    behind.answer({ type: 'alive' });
  }
  assert.equal(late(), 0);
  t.mock.timers.tick(10_000);
  assert.equal(late(), 1);
});

test('a worker whose files are here is late after 20 s without a step, even if its thread is free', async (t) => {
  const { behind, late } = await hesitateInTime(t);
  const wait = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      t.mock.timers.tick(1_000);
      behind.answer({ type: 'alive' });
    }
  };
  behind.answer({ type: 'progress', stage: 'starting' });
  wait(19);
  behind.answer({ type: 'progress', stage: 'starting' });
  wait(19);
  assert.equal(late(), 0, 'each step gets as long again');
  wait(1);
  assert.equal(late(), 1);
});

test('a sign of life does not count as progress: what never starts is given up', async (t) => {
  const { opening, behind } = await hesitate(t);
  for (let second = 0; second < 61; second += 1) {
    t.mock.timers.tick(1_000);
    behind.answer({ type: 'alive' });
  }
  await assert.rejects(opening, coded('unreachable'));
});

test('the trial of WebGPU has a limit of its own', async (t) => {
  const { opening, behind } = await hesitate(t, { provider: 'webgpu', threads: 1 });
  t.mock.timers.tick(100_000);
  behind.open();
  assert.equal((await opening).provider.provider, 'webgpu');
});

test('a listener that is added after the loss is called, too', async (t) => {
  const { worker, behind } = await open(t);
  behind.answer({ type: 'failed', code: 'memory', message: 'It has died.' });
  const why = await new Promise<DeviceError>((resolve) => worker.onLost(resolve));
  assert.equal(why.code, 'memory');
});
