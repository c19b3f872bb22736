import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenModel, StandInSession } from '../library/deviceFixtures.ts';
import { DeviceError, type RunResult } from './deviceSession.ts';
import type { Verdict } from './gpuTrial.ts';
import { type OpenedWorker, RenewingSession } from './renewingSession.ts';
import type { ProviderChoice } from './sessionJob.ts';
import { type Tuning, tuningOf } from './tuning.ts';

const { model } = givenModel('birds', '1');
const PICTURE = { width: 8, height: 8, close() {} };
const OPTIONS = { skipUnchanged: false, isSecondary: false };
const WASM: ProviderChoice = { provider: 'wasm', threads: 2 };
const WASM_MS = 80;

/** Answers at once, unless a test passes its answer back. */
class StandInWorker implements OpenedWorker {
  readonly certificate: OpenedWorker['certificate'];
  readonly provider: OpenedWorker['provider'];
  runs = 0;
  isClosed = false;
  busy = false;
  heldBack: Promise<void> = Promise.resolve();
  #onLost: (why: DeviceError) => void = () => {};

  constructor(choice: ProviderChoice, inferMs: number, passes = true) {
    this.certificate = new StandInSession(model, passes).certificate;
    this.provider = { ...choice, runtime: 'a stand-in', inferMs };
  }

  async run(): Promise<RunResult> {
    this.runs += 1;
    this.busy = true;
    await this.heldBack;
    this.busy = false;
    return {
      changed: true,
      answer: { task: 'object-detection', detections: [] },
      seen: [0, 0, 1, 1],
      drawMs: 1,
      inferMs: this.provider.inferMs,
    };
  }

  onLost(listener: (why: DeviceError) => void): () => void {
    this.#onLost = listener;
    return () => {
      this.#onLost = () => {};
    };
  }

  close(): void {
    this.isClosed = true;
  }

  die(): void {
    this.#onLost(new DeviceError('failed', 'The worker has died.'));
  }
}

type Next = StandInWorker | DeviceError | Promise<StandInWorker>;

/** A session whose next workers are those given, with a clock that a test moves. */
function setUp(tuning: Partial<Tuning>, ...nexts: Next[]) {
  const first = new StandInWorker(WASM, WASM_MS);
  const opened: ProviderChoice[] = [];
  const verdicts: Verdict[] = [];
  const state = { nowMs: 0, mayFetch: true };
  const session = new RenewingSession({
    model,
    worker: first,
    why: 'a test',
    isTried: false,
    tuning: {
      ...tuningOf(
        { crossOriginIsolated: true },
        { userAgent: '', maxTouchPoints: 0, hardwareConcurrency: 2 },
      ),
      ...tuning,
    },
    verdicts: { read: () => undefined, write: (verdict) => void verdicts.push(verdict) },
    async openWorker(choice, signal) {
      opened.push(choice);
      const next = await nexts.shift();
      signal.throwIfAborted();
      if (next instanceof StandInWorker) return next;
      throw next ?? new DeviceError('failed', 'There is no other worker.');
    },
    mayFetch: () => state.mayFetch,
    nowMs: () => state.nowMs,
  });
  /** Consecutive pictures, at `perSecond`. */
  async function stream(pictures: number, perSecond = 10): Promise<void> {
    for (let picture = 0; picture < pictures; picture += 1) {
      state.nowMs += 1_000 / perSecond;
      await session.run(PICTURE, OPTIONS);
      // What a run has begun comes to its end.
      await new Promise(setImmediate);
    }
  }
  return { session, first, opened, verdicts, state, stream };
}

const TRIAL = { trialAfterRuns: 3, trialAfterMs: 10_000, trialLimitMs: 120_000 };
const gpuWorker = (inferMs: number, passes?: boolean) =>
  new StandInWorker({ provider: 'webgpu', threads: 1 }, inferMs, passes);

test('WebGPU is tried after a while of pictures that follow one another, and takes over where it is faster', async () => {
  const gpu = gpuWorker(30);
  const { session, first, opened, verdicts, stream } = setUp(TRIAL, gpu);
  let renewed = 0;
  session.onRenewed(() => {
    renewed += 1;
  });
  await stream(100);
  assert.equal(opened.length, 0);
  await stream(1);
  assert.deepEqual(
    opened.map(({ provider }) => provider),
    ['webgpu'],
  );
  assert.deepEqual(verdicts, [{ isChosen: true, why: 'WebGPU 30 ms, wasm 80 ms' }]);
  assert.deepEqual([session.provider.provider, session.provider.why], ['webgpu', 'WebGPU 30 ms, wasm 80 ms']);
  assert.deepEqual([first.isClosed, renewed], [true, 1]);
  await stream(200);
  assert.deepEqual([gpu.runs, opened.length], [200, 1]);
});

test('pictures now and then, however many, are no reason to try it', async () => {
  const { opened, stream } = setUp(TRIAL, gpuWorker(30));
  await stream(20, 0.1);
  await stream(99);
  assert.equal(opened.length, 0);
});

test('it is not tried while nothing large may be fetched, but later', async () => {
  const { opened, state, verdicts, stream } = setUp(TRIAL, gpuWorker(30));
  state.mayFetch = false;
  await stream(200);
  assert.deepEqual([opened, verdicts], [[], []]);
  state.mayFetch = true;
  await stream(1);
  assert.equal(opened.length, 1);
});

const losing: [name: string, next: Next, why: string, isRemembered: boolean][] = [
  ['that is no faster', gpuWorker(79), 'WebGPU 79 ms, wasm 80 ms', true],
  ['whose goldens differ', gpuWorker(30, false), 'WebGPU: goldens differ', true],
  ['that cannot', new DeviceError('unsupported', 'no adapter'), 'WebGPU: no adapter', true],
  ['that is away now', new DeviceError('unreachable', 'away'), 'WebGPU: away', false],
];
for (const [name, next, why, isRemembered] of losing) {
  test(`a WebGPU ${name} leaves the first worker where it is, and says why`, async () => {
    const { session, first, opened, verdicts, stream } = setUp(TRIAL, next);
    await stream(300);
    assert.deepEqual([session.provider.provider, session.provider.why], ['wasm', why]);
    assert.deepEqual(verdicts, isRemembered ? [{ isChosen: false, why }] : []);
    assert.deepEqual([opened.length, first.runs, first.isClosed], [1, 300, false]);
    if (next instanceof StandInWorker) assert.equal(next.isClosed, true);
  });
}

test('a WebGPU that is not ready within the limit of its trial loses it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let arrive = (_: StandInWorker) => {};
  const late = new Promise<StandInWorker>((resolve) => {
    arrive = resolve;
  });
  const { session, verdicts, stream } = setUp(TRIAL, late);
  await stream(101);
  t.mock.timers.tick(120_000);
  arrive(gpuWorker(30));
  await stream(1);
  const why = 'WebGPU: not ready within 120 s';
  assert.deepEqual([session.provider.provider, session.provider.why], ['wasm', why]);
  assert.deepEqual(verdicts, [{ isChosen: false, why }]);
});

const RENEWAL = { noGpu: 'not here', trialAfterRuns: Number.POSITIVE_INFINITY };

test('a worker that has run long enough is renewed, and the next one again', async () => {
  const next = new StandInWorker(WASM, WASM_MS);
  const { session, first, opened, stream } = setUp(
    { ...RENEWAL, renewAfterRuns: 5 },
    next,
    new StandInWorker(WASM, WASM_MS),
  );
  await stream(4);
  assert.equal(opened.length, 0);
  await stream(1);
  assert.deepEqual([opened.length, first.isClosed, next.isClosed], [1, true, false]);
  assert.equal(session.provider.why, 'a test');
  await stream(5);
  assert.deepEqual([opened.length, next.runs, next.isClosed], [2, 5, true]);
});

test('it is renewed after a time, too', async () => {
  const { opened, state, stream } = setUp(
    { ...RENEWAL, renewAfterMs: 60_000 },
    new StandInWorker(WASM, WASM_MS),
  );
  await stream(5);
  assert.equal(opened.length, 0);
  state.nowMs = 60_000;
  await stream(1);
  assert.equal(opened.length, 1);
});

for (const next of [new StandInWorker(WASM, 1, false), new DeviceError('memory', 'too little')]) {
  test(`a next worker ${next instanceof StandInWorker ? 'that differs' : 'that fails'} changes nothing, and is tried again after as long`, async (t) => {
    t.mock.method(console, 'warn', () => {});
    const { first, opened, stream } = setUp({ ...RENEWAL, renewAfterRuns: 5 }, next);
    await stream(9);
    assert.deepEqual([opened.length, first.isClosed], [1, false]);
    if (next instanceof StandInWorker) assert.equal(next.isClosed, true);
    await stream(1);
    assert.equal(opened.length, 2);
  });
}

test('the next worker waits for the pending run of the previous one', async () => {
  let open = () => {};
  const next = new Promise<StandInWorker>((resolve) => {
    open = () => resolve(new StandInWorker(WASM, WASM_MS));
  });
  const { session, first, stream } = setUp({ ...RENEWAL, renewAfterRuns: 2 }, next);
  await stream(2);
  let answer = () => {};
  first.heldBack = new Promise((resolve) => {
    answer = resolve;
  });
  const running = session.run(PICTURE, OPTIONS);
  open();
  await new Promise(setImmediate);
  assert.equal(first.isClosed, false);
  answer();
  await running;
  assert.equal(first.isClosed, true);
});

test('a worker that dies is reported once; WebGPU that died is not chosen again', async () => {
  const gpu = gpuWorker(30);
  const { session, first, verdicts, stream } = setUp(TRIAL, gpu);
  const lost: string[] = [];
  session.onLost(({ message }) => lost.push(message));
  await stream(101);
  first.die();
  assert.deepEqual(lost, []);
  gpu.die();
  gpu.die();
  assert.deepEqual(lost, ['The worker has died.']);
  assert.deepEqual(verdicts.at(-1), { isChosen: false, why: 'WebGPU: The worker has died.' });
  assert.equal(gpu.isClosed, true);
});

test('what is being opened when the session is closed is closed, too', async () => {
  const next = new StandInWorker(WASM, WASM_MS);
  const { session, first } = setUp({ ...RENEWAL, renewAfterRuns: 1 }, next);
  await session.run(PICTURE, OPTIONS);
  session.close();
  session.close();
  await new Promise(setImmediate);
  assert.deepEqual([first.isClosed, next.isClosed, session.provider.provider], [true, true, 'wasm']);
});
