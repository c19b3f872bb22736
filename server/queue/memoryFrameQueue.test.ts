import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { FrameQueue, FrameResult, TakenFrame } from './frameQueue.ts';
import {
  ANSWERED,
  describeFrameInbox,
  describeFrameOutbox,
  job,
  type OpenFrameEnds,
  submitThree,
  takeNow,
} from './frameQueueContract.ts';
import { createMemoryFrameQueue } from './memoryFrameQueue.ts';

const open: OpenFrameEnds = async (options) => {
  const queue = createMemoryFrameQueue({ ...options, nowMs: () => performance.now() });
  return { inbox: queue, outbox: queue, close: queue.close };
};
describeFrameInbox('memory', open);
describeFrameOutbox('memory', open);

// What only a queue in this process can promise: a clock that the test moves, and an exact count.
const MAX_AGE_MS = 100;
const NO_REFRESH_MS = 1_000_000;
const withClock = (title: string, body: (queue: FrameQueue, clock: { ms: number }) => Promise<void>) =>
  test(`memory: ${title}`, async () => {
    const clock = { ms: 0 };
    const queue = createMemoryFrameQueue({
      maxAgeMs: MAX_AGE_MS,
      refreshMs: NO_REFRESH_MS,
      nowMs: () => clock.ms,
    });
    try {
      await body(queue, clock);
    } finally {
      await queue.close();
    }
  });

withClock('frames that replace each other are one that waits', async (queue) => {
  const { answers, all } = submitThree(queue);
  await nextTurn();
  assert.deepEqual(answers, []);
  assert.equal(queue.waiting, 1);
  queue.forget('a');
  assert.equal(queue.waiting, 0);
  await Promise.all(all);
});

withClock(
  'a frame that is too old when its turn comes is answered stale and never taken',
  async (queue, clock) => {
    const old = queue.submit(job('a', 1));
    clock.ms = MAX_AGE_MS + 1;
    void queue.submit(job('b', 2));
    assert.equal((await takeNow(queue)).job.key, 'b');
    assert.deepEqual(await old, { kind: 'dropped', reason: 'stale' });
  },
);

withClock(
  'replaced frames are answered with one that is too old when its turn comes',
  async (queue, clock) => {
    const { answers, all } = submitThree(queue);
    clock.ms = MAX_AGE_MS + 1;
    void queue.submit(job('b'));
    await takeNow(queue);
    await Promise.all(all);
    assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 stale']);
  },
);

withClock('the worker gets the exact wait', async (queue, clock) => {
  void queue.submit(job('a'));
  clock.ms = 30;
  assert.equal((await takeNow(queue)).queueMs, 30);
});

withClock('closing answers what waits in its order', async (queue) => {
  const { answers, all } = submitThree(queue);
  await queue.close();
  await Promise.all(all);
  assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 worker_lost']);
});

test('memory: whatever happens in whatever order and time, every frame is answered exactly once', async () => {
  const action = fc.oneof(
    fc.record({ do: fc.constant('submit' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('answer' as const) }),
    fc.record({ do: fc.constant('forget' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: MAX_AGE_MS }) }),
  );
  const never = new AbortController().signal;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
      const clock = { ms: 0 };
      const queue = createMemoryFrameQueue({
        maxAgeMs: MAX_AGE_MS,
        refreshMs: NO_REFRESH_MS,
        nowMs: () => clock.ms,
      });
      const results: Promise<FrameResult>[] = [];
      const answered: number[] = [];
      const inHand: TakenFrame[] = [];
      const takes: Promise<void>[] = [];
      for (const step of actions) {
        switch (step.do) {
          case 'submit': {
            const index = results.length;
            results.push(
              queue.submit(job(step.key, index)).then((result) => {
                answered.push(index);
                return result;
              }),
            );
            break;
          }
          case 'take':
            takes.push(
              queue.take(never).then((frame) => {
                if (frame) inHand.push(frame);
              }),
            );
            break;
          case 'answer':
            inHand.shift()?.answer(ANSWERED);
            break;
          case 'forget':
            queue.forget(step.key);
            break;
          case 'wait':
            clock.ms += step.ms;
            break;
        }
      }
      await queue.close();
      await Promise.all(takes);
      for (const frame of inHand) frame.answer({ kind: 'dropped', reason: 'worker_lost' });
      await Promise.all(results);
      assert.deepEqual(
        answered.toSorted((a, b) => a - b),
        [...results.keys()],
      );
    }),
    { numRuns: 300 },
  );
});
