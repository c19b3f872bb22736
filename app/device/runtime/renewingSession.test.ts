import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockTimers } from '../../testing/mockTimers.ts';
import { givenModel, StandInSession } from '../library/deviceFixtures.ts';
import { DeviceError, DeviceTimeout, type RunResult } from './deviceSession.ts';
import type { Verdict } from './gpuTrial.ts';
import type { OpenedWorker } from './openedWorker.ts';
import type { RaceRecord } from './race.ts';
import { RenewingSession } from './renewingSession.ts';
import type { ProviderChoice } from './sessionJob.ts';
import { type Tuning, tuningOf } from './tuning.ts';

const { model } = givenModel('birds', '1');
const PICTURE = { width: 8, height: 8, close() {} };
const OPTIONS = { skipUnchanged: false, isSecondary: false };
const WASM: ProviderChoice = { provider: 'wasm', threads: 2 };
const WASM_MS = 80;

/** Answers at once, unless a test passes its answer back. */
class StandInWorker implements OpenedWorker {
  certificate: OpenedWorker['certificate'];
  readonly provider: OpenedWorker['provider'];
  runs = 0;
  isClosed = false;
  busy = false;
  heldBack: Promise<void> = Promise.resolve();
  /** How long its comparisons may take. */
  readonly limitsMs: number[] = [];
  /** Why it does not end a comparison. */
  dying: DeviceError | undefined;
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

  /** For a comparison of speed: as it is given, however its frames are. */
  async time(limitMs?: number): Promise<number> {
    if (limitMs !== undefined) this.limitsMs.push(limitMs);
    assert.equal(this.busy, false, 'only between frames');
    if (this.dying) throw this.dying;
    return this.provider.inferMs;
  }

  /** Whether each pending golden agrees. */
  readonly pendingGoldens: boolean[] = [];

  async proveNext(): Promise<void> {
    assert.equal(this.busy, false, 'only between frames');
    const passes = this.pendingGoldens.shift() ?? true;
    this.certificate = { ...this.certificate, passes, pending: this.pendingGoldens.length };
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
  return setUpWith(new StandInWorker(WASM, WASM_MS), tuning, ...nexts);
}

function setUpWith(first: StandInWorker, tuning: Partial<Tuning>, ...nexts: Next[]) {
  const remembered: OpenedWorker[] = [];
  /** Ends the pause before a golden. */
  let endPause = () => {};
  const opened: ProviderChoice[] = [];
  const verdicts: Verdict[] = [];
  const state: { nowMs: number; mayFetch: boolean; record: RaceRecord | undefined } = {
    nowMs: 0,
    mayFetch: true,
    record: undefined,
  };
  const session = new RenewingSession({
    model,
    worker: first,
    why: 'a test',
    isTried: false,
    isRaced: tuning.noRace !== undefined,
    raceTimes: [],
    tuning: {
      ...tuningOf(
        { crossOriginIsolated: true },
        { userAgent: '', maxTouchPoints: 0, hardwareConcurrency: 2 },
      ),
      ...tuning,
    },
    raceRecord: {
      read: () => state.record,
      write: (record) => {
        state.record = record;
      },
    },
    verdicts: { read: () => undefined, write: (verdict) => void verdicts.push(verdict) },
    async openWorker(choice, signal) {
      opened.push(choice);
      const next = await nexts.shift();
      signal.throwIfAborted();
      if (next instanceof StandInWorker) return next;
      throw next ?? new DeviceError('failed', 'There is no other worker.');
    },
    remember: (worker) => void remembered.push(worker),
    pause: () =>
      new Promise((resolve) => {
        endPause = resolve;
      }),
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
  async function runGolden(): Promise<void> {
    endPause();
    await new Promise(setImmediate);
  }
  return { session, first, opened, verdicts, state, stream, remembered, runGolden };
}

/** A worker that was opened before all of its goldens had run. */
function halfProven(...pendingGoldens: boolean[]): StandInWorker {
  return withPending(WASM, ...pendingGoldens);
}

function withPending(choice: ProviderChoice, ...pendingGoldens: boolean[]): StandInWorker {
  const worker = new StandInWorker(choice, WASM_MS);
  worker.pendingGoldens.push(...pendingGoldens);
  worker.certificate = { ...worker.certificate, pending: pendingGoldens.length };
  return worker;
}

test('goldens that are pending run after a pause each, and never while a frame runs', async () => {
  const first = halfProven(true, true);
  const { session, remembered, runGolden } = setUpWith(first, { noRace: 'not in this test' });
  let renewed = 0;
  session.onRenewed(() => {
    renewed += 1;
  });
  let endFrame = () => {};
  first.heldBack = new Promise((resolve) => {
    endFrame = resolve;
  });
  const frame = session.run(PICTURE, OPTIONS);
  await runGolden();
  assert.equal(session.certificate.pending, 2, 'a frame runs');
  endFrame();
  await frame;
  await new Promise(setImmediate);
  assert.deepEqual([session.certificate.pending, renewed], [1, 1]);
  await new Promise(setImmediate);
  assert.equal(session.certificate.pending, 1, 'the next one waits for its pause');
  await runGolden();
  assert.deepEqual([session.certificate.pending, renewed], [0, 2]);
  assert.equal(remembered.at(-1), first);
  await runGolden();
  assert.equal(renewed, 2);
});

test('the first pending golden that does not agree ends the proof, and is told', async () => {
  const { session, runGolden } = setUpWith(halfProven(false, true), { noRace: 'not in this test' });
  const told = new Promise<void>((resolve) => session.onRenewed(resolve));
  await runGolden();
  await told;
  assert.deepEqual([session.certificate.passes, session.certificate.pending], [false, 1]);
  await runGolden();
  assert.equal(session.certificate.pending, 1);
});

test('a provider whose later golden does not agree is not opened first at the next visit', async () => {
  const liteRt: ProviderChoice = { provider: 'litert', threads: 2 };
  const raced = setUpWith(withPending(liteRt, false), { noRace: 'not in this test' });
  await raced.runGolden();
  await new Promise(setImmediate);
  assert.equal(raced.state.record?.result?.fastest.provider, 'wasm');
  assert.match(raced.state.record?.result?.why ?? '', /LiteRT\.js, 2 threads: goldens differ/);
  const gpu = setUpWith(withPending({ provider: 'webgpu', threads: 1 }, false), {
    noRace: 'not in this test',
  });
  await gpu.runGolden();
  await new Promise(setImmediate);
  assert.deepEqual(gpu.verdicts, [{ isChosen: false, why: 'WebGPU: goldens differ' }]);
});

test('no golden runs in a session that was closed', async () => {
  const first = halfProven(true);
  const { session, runGolden } = setUpWith(first, { noRace: 'not in this test' });
  session.close();
  await runGolden();
  assert.equal(first.certificate.pending, 1);
});

const TRIAL = { noRace: 'not in this test', trialAfterRuns: 3, trialAfterMs: 10_000, trialLimitMs: 120_000 };
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

test('a WebGPU that is not ready within the limit of its trial loses it for this visit', async (t) => {
  mockTimers(t, 'setTimeout');
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
  assert.deepEqual(
    verdicts,
    [{ isChosen: false, why, timeouts: 1 }],
    'and it is tried again at the next visit',
  );
});

const RENEWAL = { noRace: 'not here', noGpu: 'not here', trialAfterRuns: Number.POSITIVE_INFINITY };

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

const RACE = {
  raceAfterRuns: 3,
  raceAfterMs: 10_000,
  noGpu: 'not here',
  trialAfterRuns: Number.POSITIVE_INFINITY,
};
const liteRt = (threads: number, inferMs: number, passes?: boolean) =>
  new StandInWorker({ provider: 'litert', threads }, inferMs, passes);

test('LiteRT.js is raced after a while; it takes over where it is faster, with as many threads as are worth it', async () => {
  const two = liteRt(2, 40);
  const one = liteRt(1, 39);
  const { session, first, opened, state, stream } = setUp(RACE, two, one);
  await stream(100);
  assert.equal(opened.length, 0);
  await stream(20);
  assert.deepEqual(opened, [
    { provider: 'litert', threads: 2 },
    { provider: 'litert', threads: 1 },
  ]);
  assert.deepEqual([first.isClosed, two.isClosed, one.isClosed], [true, false, true]);
  const why = 'LiteRT.js, 1 thread: 39 ms; LiteRT.js, 2 threads: 40 ms; onnxruntime-web, 2 threads: 80 ms';
  const { provider, race } = session.provider;
  assert.equal(provider, 'litert');
  assert.deepEqual(race.map(({ medianMs }) => medianMs).sort(), [39, 40, 80]);
  assert.deepEqual(state.record?.result?.fastest, { provider: 'litert', threads: 2 });
  assert.deepEqual(session.provider.why.split('; ').sort(), why.split('; ').sort());
  await stream(200);
  assert.equal(opened.length, 2, 'once');
});

const oneThread = () => new StandInWorker({ provider: 'wasm', threads: 1 }, 120);

for (const [name, liteRtMs, fastest] of [
  ['lost', 119, 'wasm'],
  ['won', 70, 'wasm'],
  ['is the fastest', 30, 'litert'],
] as const) {
  test(`what serves on one thread, as another one was late, gets all its threads where LiteRT.js ${name}`, async () => {
    const { session, opened, state, stream } = setUpWith(
      oneThread(),
      RACE,
      liteRt(2, liteRtMs),
      new StandInWorker(WASM, 60),
      liteRt(1, 100),
    );
    await stream(130);
    assert.deepEqual(opened.slice(0, 2), [{ provider: 'litert', threads: 2 }, WASM]);
    assert.deepEqual([session.provider.provider, session.provider.threads], [fastest, 2]);
    assert.deepEqual(state.record?.result?.fastest, { provider: fastest, threads: 2 });
  });
}

test('two threads that wait for each other give way to one', async () => {
  const one = liteRt(1, 60);
  const { session, state, stream } = setUp(RACE, liteRt(2, 70), one);
  await stream(130);
  assert.deepEqual([session.provider.provider, session.provider.threads], ['litert', 1]);
  assert.deepEqual(state.record?.result?.fastest, { provider: 'litert', threads: 1 });
});

const racedInVain: [name: string, next: () => Next, why: RegExp][] = [
  ['is no faster', () => liteRt(2, 73), /^onnxruntime-web, 2 threads: 80 ms; LiteRT\.js, 2 threads: 73 ms/],
  ['gives other answers', () => liteRt(2, 1, false), /LiteRT\.js, 2 threads: goldens differ/],
  ['cannot', () => new DeviceError('unsupported', 'no Erf'), /LiteRT\.js, 2 threads: no Erf/],
  [
    'dies in the race',
    () => Object.assign(liteRt(2, 1), { dying: new DeviceError('failed', 'It did not answer for 10 s.') }),
    /LiteRT\.js, 2 threads: It did not answer for 10 s\./,
  ],
];
for (const [name, next, why] of racedInVain) {
  test(`a LiteRT.js that ${name} leaves onnxruntime-web where it is, and is not tried again`, async () => {
    const challenger = next();
    const { session, first, state, stream } = setUp(
      RACE,
      challenger,
      new StandInWorker({ provider: 'wasm', threads: 1 }, 100),
    );
    await stream(130);
    assert.deepEqual([session.provider.provider, session.provider.threads], ['wasm', 2]);
    assert.match(session.provider.why, why);
    assert.deepEqual(state.record?.result?.fastest, { provider: 'wasm', threads: 2 });
    assert.deepEqual([first.runs, first.isClosed], [130, false]);
    if (challenger instanceof StandInWorker) assert.equal(challenger.isClosed, true);
  });
}

test('a race whose files cannot be fetched now is held at the next visit', async () => {
  const { state, session, stream } = setUp(
    RACE,
    new DeviceError('unreachable', 'away'),
    new StandInWorker({ provider: 'wasm', threads: 1 }, 100),
  );
  await stream(130);
  assert.match(session.provider.why, /LiteRT\.js, 2 threads: away/);
  assert.deepEqual(state.record, { attempts: 1 });
});

test('a race that took too long is held at the next visit: the machine may have been busy', async () => {
  const slow = Object.assign(liteRt(2, 40), { dying: new DeviceTimeout('It did not answer for 2 s.') });
  const { state, session, first, stream } = setUp(
    RACE,
    slow,
    new StandInWorker({ provider: 'wasm', threads: 1 }, 100),
  );
  await stream(130);
  assert.match(session.provider.why, /LiteRT\.js, 2 threads: It did not answer for 2 s\./);
  assert.deepEqual(state.record, { attempts: 1 });
  assert.deepEqual([slow.isClosed, first.isClosed], [true, false]);
  assert.deepEqual(slow.limitsMs, [2_000], 'frames wait no longer for it');
});

test('a race that is held again and takes too long leaves the result of the last one', async () => {
  const { state, stream } = setUp(RACE, new DeviceTimeout('not ready'), oneThread());
  const result = { fastest: { provider: 'litert', threads: 2 }, times: [], why: '' } as const;
  const late = [{ provider: 'litert', threads: 2 }] as const;
  state.record = { attempts: 0, result: { ...result, times: [] }, late: [...late] };
  await stream(130);
  assert.deepEqual(state.record, { attempts: 1, result, late });
});

test('a race that comes to an end keeps who was late, and forgets how often it was begun', async () => {
  const { state, stream } = setUp(RACE, liteRt(2, 119), oneThread());
  const late = [{ provider: 'litert', threads: 2 }] as const;
  state.record = { attempts: 2, late: [...late] };
  await stream(130);
  assert.deepEqual([state.record?.attempts, state.record?.late], [0, late]);
});

test('no race while nothing large may be fetched', async () => {
  const { state, opened, stream } = setUp(RACE, liteRt(2, 40));
  state.mayFetch = false;
  await stream(200);
  assert.deepEqual([opened.length, state.record], [0, undefined]);
});

test('a session that is closed in the middle of a race says nothing of it, and closes both', async () => {
  const next = liteRt(2, 40);
  let open = () => {};
  const opening = new Promise<StandInWorker>((resolve) => {
    open = () => resolve(next);
  });
  const { session, first, state, stream } = setUp(RACE, opening);
  await stream(110);
  assert.deepEqual(state.record, { attempts: 1 }, 'begun');
  session.close();
  open();
  await new Promise(setImmediate);
  assert.deepEqual([first.isClosed, state.record], [true, { attempts: 1 }]);
});

test('a LiteRT.js that has won and dies is not chosen again', async () => {
  const two = liteRt(2, 40);
  const { session, state, stream } = setUp(RACE, two, liteRt(1, 80));
  const lost: string[] = [];
  session.onLost(({ message }) => lost.push(message));
  await stream(130);
  two.die();
  assert.deepEqual(lost, ['The worker has died.']);
  assert.deepEqual(state.record?.result?.fastest, { provider: 'wasm', threads: 2 });
});
