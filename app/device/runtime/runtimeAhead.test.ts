import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { SafeStorage } from '../../browser/storage.ts';
import { mockTimers } from '../../testing/mockTimers.ts';
import { lastModel, loadRuntimeAhead, rememberRuntime, takeWorker } from './runtimeAhead.ts';
import type { SessionJob } from './sessionJob.ts';

class StandInWorker {
  static all: StandInWorker[] = [];
  onerror: (() => void) | null = null;
  isTerminated = false;
  readonly jobs: SessionJob[] = [];

  constructor(readonly url: URL) {
    StandInWorker.all.push(this);
  }

  postMessage(job: SessionJob) {
    this.jobs.push(job);
  }

  terminate() {
    this.isTerminated = true;
  }
}
const page = {
  Worker: StandInWorker,
  location: { href: 'http://localhost/lens/' },
  navigator: { userAgent: 'A' },
};
for (const [name, value] of Object.entries(page))
  Object.defineProperty(globalThis, name, { value, configurable: true });

const LITERT = { provider: 'litert', threads: 2 } as const;
const litertUrl = 'http://localhost/lens/runtime/litert-';

function browser(): SafeStorage {
  const kept = new Map<string, string>();
  return { read: (name) => kept.get(name), write: (name, value = '') => void kept.set(name, value) };
}
/** One that opened a model at the last visit. */
function secondVisit(runtime: Parameters<typeof rememberRuntime>[1] = LITERT) {
  const entries = browser();
  rememberRuntime('birds', runtime, entries);
  return entries;
}
const only = (): StandInWorker => {
  const [worker, ...more] = StandInWorker.all;
  assert(worker && more.length === 0);
  return worker;
};

beforeEach(() => {
  takeWorker({ provider: 'wasm', threads: 1 });
  StandInWorker.all = [];
});

test('the runtime of the last visit is loaded before a model asks for it, and the model gets that worker', () => {
  loadRuntimeAhead(secondVisit());
  const worker = only();
  assert.match(String(worker.url), /liteRt\.worker/);
  assert.deepEqual(
    worker.jobs.map((job) => job.type === 'load' && job.choice),
    [LITERT],
  );
  assert.equal(takeWorker(LITERT), worker);
  assert(worker.jobs[0]?.type === 'load' && worker.jobs[0].runtimeUrl.startsWith(litertUrl));
  assert.notEqual(takeWorker(LITERT), worker, 'only one has it');
});

test('a model with another runtime, or number of threads, gets a worker of its own, and the one that was started is closed', () => {
  for (const choice of [{ provider: 'wasm', threads: 2 } as const, { ...LITERT, threads: 1 }]) {
    StandInWorker.all = [];
    loadRuntimeAhead(secondVisit());
    const worker = only();
    assert.notEqual(takeWorker(choice), worker);
    assert.equal(worker.isTerminated, true);
  }
});

test('nothing is loaded where no model was opened before, or one with WebGPU', () => {
  loadRuntimeAhead(browser());
  loadRuntimeAhead(secondVisit({ provider: 'webgpu', threads: 1 }));
  assert.equal(StandInWorker.all.length, 0);
});

test('a page that ended before a model was opened does not load it again; one that opened it does', () => {
  const entries = secondVisit();
  loadRuntimeAhead(entries);
  loadRuntimeAhead(entries);
  assert.equal(StandInWorker.all.length, 1);
  rememberRuntime('birds', LITERT, entries);
  loadRuntimeAhead(entries);
  assert.equal(StandInWorker.all.length, 2);
});

test('a worker that no model takes is closed after half a minute', (t) => {
  mockTimers(t, 'setTimeout');
  loadRuntimeAhead(secondVisit());
  t.mock.timers.tick(29_999);
  assert.equal(only().isTerminated, false);
  t.mock.timers.tick(1);
  assert.equal(only().isTerminated, true);
  assert.notEqual(takeWorker(LITERT), StandInWorker.all[0]);
});

test('a worker that could not be started is not given to a model', () => {
  loadRuntimeAhead(secondVisit());
  const worker = only();
  worker.onerror?.();
  assert.notEqual(takeWorker(LITERT), worker);
});

test('of several models, the first one of a visit says what the next one loads', () => {
  const entries = secondVisit();
  rememberRuntime('text', { provider: 'wasm', threads: 1 }, entries);
  loadRuntimeAhead(entries);
  assert.match(String(only().url), /liteRt\.worker/);
});

test('the model of the last visit is known as long as its runtime waits for one', () => {
  assert.equal(lastModel(), undefined, 'none where nothing is loaded ahead');
  loadRuntimeAhead(secondVisit());
  assert.equal(lastModel(), 'birds');
  takeWorker(LITERT);
  assert.equal(lastModel(), undefined);
});
