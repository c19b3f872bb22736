import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceError } from './deviceSession.ts';
import { openEarliest } from './openEarliest.ts';
import type { OpenedWorker } from './openedWorker.ts';
import { type Racer, racerName } from './race.ts';

const LITERT: Racer = { provider: 'litert', threads: 2 };
const WASM: Racer = { provider: 'wasm', threads: 1 };

interface StandIn {
  open(passes?: boolean): Promise<OpenedWorker>;
  fail(error: Error): Promise<void>;
  beLate(): Promise<void>;
}

/** Workers that open, fail or are late when a test says so. */
function standIns() {
  const opening = new Map<string, StandIn>();
  const closed: string[] = [];
  const aborted: string[] = [];
  /** All that follows from it has happened. */
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const open = (choice: Racer, signal: AbortSignal, onLate = () => {}) => {
    const name = racerName(choice);
    return new Promise<OpenedWorker>((resolve, reject) => {
      const abort = () => {
        aborted.push(name);
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort);
      const end = () => signal.removeEventListener('abort', abort);
      opening.set(name, {
        async open(passes = true) {
          end();
          const worker = {
            certificate: { passes },
            close: () => closed.push(name),
          } as unknown as OpenedWorker;
          resolve(worker);
          await settled();
          return worker;
        },
        async fail(error) {
          end();
          reject(error);
          await settled();
        },
        async beLate() {
          onLate();
          await settled();
        },
      });
    });
  };
  const of = (racer: Racer) => {
    const one = opening.get(racerName(racer));
    assert(one, `${racerName(racer)} was not opened`);
    return one;
  };
  return { open, of, closed, aborted, opened: () => [...opening.keys()] };
}

function begin(mayOpenBoth = true) {
  const stands = standIns();
  const ending = new AbortController();
  const serving = openEarliest({
    ...{ first: LITERT, next: WASM, open: stands.open, signal: ending.signal },
    mayOpenBoth: () => mayOpenBoth,
  });
  serving.catch(() => {});
  return { ...stands, serving, ending };
}

test('who is in time opens alone', async () => {
  const { serving, of, opened, closed } = begin();
  const worker = await of(LITERT).open();
  assert.deepEqual(await serving, { worker });
  assert.deepEqual([opened(), closed], [['LiteRT.js, 2 threads'], []]);
});

test('who stays silent is replaced by who opens next to it, and ended', async () => {
  const { serving, of, closed, aborted } = begin();
  await of(LITERT).beLate();
  const worker = await of(WASM).open();
  assert.deepEqual(await serving, { worker, problem: 'LiteRT.js, 2 threads: late', isNext: true });
  assert.deepEqual([closed, aborted], [[], ['LiteRT.js, 2 threads']]);
});

test('who is only slow still serves where it is proven first, and the other one is ended', async () => {
  const { serving, of, aborted } = begin();
  await of(LITERT).beLate();
  const worker = await of(LITERT).open();
  assert.deepEqual(await serving, { worker });
  assert.deepEqual(aborted, ['onnxruntime-web, 1 thread']);
});

test('of two that open at once, one is closed', async () => {
  const { serving, of, closed } = begin();
  await of(LITERT).beLate();
  const [worker] = await Promise.all([of(WASM).open(), of(LITERT).open()]);
  assert.equal((await serving).worker, worker);
  await new Promise(setImmediate);
  assert.deepEqual(closed, ['LiteRT.js, 2 threads']);
});

test('whose goldens differ does not serve while another one may', async () => {
  const { serving, of, closed } = begin();
  await of(LITERT).beLate();
  await of(WASM).open(false);
  const worker = await of(LITERT).open();
  assert.deepEqual(await serving, { worker });
  await new Promise(setImmediate);
  assert.deepEqual(closed, ['onnxruntime-web, 1 thread']);
});

for (const [name, end, why] of [
  ['fails', (one) => one.fail(new DeviceError('memory', 'no memory')), 'no memory'],
  ['gives other answers', (one) => one.open(false), 'goldens differ'],
] satisfies [string, (one: StandIn) => Promise<unknown>, string][]) {
  test(`one that is late and then ${name} says that, not that it was late`, async () => {
    const { serving, of } = begin();
    await of(LITERT).beLate();
    await end(of(LITERT));
    const worker = await of(WASM).open();
    assert.deepEqual(await serving, { worker, problem: `LiteRT.js, 2 threads: ${why}`, isNext: true });
  });
}

test('where both fail, the first one says why', async () => {
  const { serving, of } = begin();
  await of(LITERT).beLate();
  await of(WASM).fail(new DeviceError('unreachable', 'no network'));
  await of(LITERT).fail(new DeviceError('memory', 'no memory'));
  await assert.rejects(serving, /no memory/);
});

test('one that fails is not waited for, and neither is it replaced here', async () => {
  const { serving, of, opened } = begin();
  await of(LITERT).fail(new DeviceError('unsupported', 'no relaxed SIMD'));
  await assert.rejects(serving, /no relaxed SIMD/);
  assert.deepEqual(opened(), ['LiteRT.js, 2 threads']);
});

test('where memory or the link does not allow two, the late one goes on alone', async () => {
  const { serving, of, opened } = begin(false);
  await of(LITERT).beLate();
  assert.deepEqual(opened(), ['LiteRT.js, 2 threads']);
  const worker = await of(LITERT).open();
  assert.deepEqual(await serving, { worker });
});

test('who ends it ends both, and hears its own reason', async () => {
  const { serving, of, ending, aborted } = begin();
  await of(LITERT).beLate();
  ending.abort(new Error('closed'));
  await assert.rejects(serving, /closed/);
  assert.deepEqual(aborted, ['LiteRT.js, 2 threads', 'onnxruntime-web, 1 thread']);
});
