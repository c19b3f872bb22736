import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { FrameJob, FrameResult, TakenFrame } from './frameQueue.ts';
import { createMemoryFrameQueue } from './memoryFrameQueue.ts';
import { createStoppableOutbox } from './stoppableOutbox.ts';

const job = (key: string): FrameJob => ({
  key,
  model: 'cups',
  format: 'jpeg',
  image: new Uint8Array(1),
  maxPixels: 1,
  maxDecodeMs: 1,
  isFitted: true,
});
const LOST: FrameResult = { kind: 'dropped', reason: 'worker_lost' };

function open() {
  let now = 0;
  const nowMs = () => now;
  const queue = createMemoryFrameQueue({ maxAgeMs: 1_000, refreshMs: 100, nowMs });
  const answered: [string, number][] = [];
  const outbox = createStoppableOutbox(queue, {
    nowMs,
    onAnswered: (result, ageMs) => answered.push([result.kind, ageMs]),
  });
  const pass = (ms: number) => {
    now += ms;
  };
  return { queue, outbox, answered, pass };
}

const never = new AbortController().signal;

test('what was taken is finished, and nothing is taken after the stop', async () => {
  const { queue, outbox, answered, pass } = open();
  const first = queue.submit(job('a'));
  pass(5);
  const taken = await outbox.take(never);
  assert.equal(outbox.inHand, 1);
  void queue.submit(job('b'));

  let isStopped = false;
  const stopped = outbox.stop().then(() => {
    isStopped = true;
  });
  assert.deepEqual(await outbox.takeWaiting('cups', [1]), []);
  assert.equal(isStopped, false);
  pass(7);
  taken?.answer(LOST);
  // Only the first answer counts.
  taken?.answer(LOST);
  await stopped;
  assert.deepEqual(await first, LOST);
  assert.deepEqual(answered, [['dropped', 12]]);
  assert.equal(outbox.inHand, 0);
  assert.equal(queue.waiting, 1);
  await outbox.stop();
  await queue.close();
});

test('a worker that waits for a frame is let go by the stop', async () => {
  const { queue, outbox } = open();
  const waiting = outbox.take(never);
  await outbox.stop();
  assert.equal(await waiting, undefined);
  await queue.close();
});

test('a frame that was on its way to a worker at the stop is finished, too', async () => {
  let come: (frame: TakenFrame | undefined) => void = () => {};
  const outbox = createStoppableOutbox(
    {
      take: () =>
        new Promise((resolve) => {
          come = resolve;
        }),
      takeWaiting: async () => [],
    },
    { nowMs: () => 0, onAnswered() {} },
  );
  const taken = outbox.take(never);
  let isStopped = false;
  const stopped = outbox.stop().then(() => {
    isStopped = true;
  });
  let isAnswered = false;
  come({
    ...{ job: job('a'), queueMs: 0, isAlone: true },
    answer() {
      isAnswered = true;
    },
  });
  const frame = await taken;
  await setImmediate();
  assert.equal(isStopped, false);
  frame?.answer(LOST);
  await stopped;
  assert.equal(isAnswered, true);
});
