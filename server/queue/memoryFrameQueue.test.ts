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

withClock('a frame is alone as soon as the others are gone', async (queue) => {
  for (const key of ['a', 'b', 'c']) void queue.submit(job(key));
  queue.forget('c');
  assert.deepEqual([(await takeNow(queue)).isAlone, (await takeNow(queue)).isAlone], [false, true]);
});

withClock('closing answers what waits in its order', async (queue) => {
  const { answers, all } = submitThree(queue);
  await queue.close();
  await Promise.all(all);
  assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 worker_lost']);
});

/** What a frame of each model takes, ms. */
const COSTS: Readonly<Record<string, number>> = { objects: 12, text: 300 };

/**
 * One worker that is never without a frame, for a minute of the test's clock. Each key has its next frame there as soon as its last
 * one is taken.
 * @param visitors whether a frame of a key that never comes again waits, too, at each turn
 * @returns the frames that each key got, and the longest time between two of them, ms
 */
async function serve(models: Readonly<Record<string, string>>, visitors = false) {
  const clock = { ms: 0 };
  const queue = createMemoryFrameQueue({ maxAgeMs: 1e9, refreshMs: NO_REFRESH_MS, nowMs: () => clock.ms });
  const got = new Map(Object.keys(models).map((key) => [key, { frames: 0, lastMs: 0, longestMs: 0 }]));
  const submit = (key: string, model: string) => void queue.submit({ ...job(key), model });
  for (const [key, model] of Object.entries(models)) submit(key, model);
  if (visitors) submit('visitor 0', 'objects');
  for (let turn = 1; clock.ms < 60_000; turn++) {
    const frame = await takeNow(queue);
    const { key, model } = frame.job;
    submit(key in models ? key : `visitor ${turn}`, model);
    clock.ms += COSTS[model] ?? 0;
    frame.answer(ANSWERED);
    const one = got.get(key);
    if (one === undefined) continue;
    one.frames += 1;
    // What a model takes is known from its first frame on.
    if (one.frames > 10) one.longestMs = Math.max(one.longestMs, clock.ms - one.lastMs);
    one.lastMs = clock.ms;
  }
  await queue.close();
  return got;
}

test('memory: keys share the time of workers, not the number of frames', async () => {
  const got = await serve({ a: 'objects', b: 'objects', c: 'objects', d: 'text' });
  for (const [key, { frames }] of got) {
    const shareMs = frames * (key === 'd' ? 300 : 12);
    assert.ok(Math.abs(shareMs - 15_000) < 1_500, `${key} had ${shareMs} ms of 60,000`);
  }
  // One frame of text, and one of each.
  for (const key of 'abc') assert.ok((got.get(key)?.longestMs ?? 0) <= 300 + 3 * 12);
});

test('memory: keys that ask for the same take turns', async () => {
  const got = await serve(Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`${i}`, 'objects'])));
  const frames = [...got.values()].map((one) => one.frames);
  assert.ok(Math.max(...frames) - Math.min(...frames) <= 1, `${frames}`);
});

test('memory: keys that come once do not hold up one that comes again and again', async () => {
  const { frames = 0 } = (await serve({ a: 'objects' }, true)).get('a') ?? {};
  assert.ok(frames * 12 > 0.45 * 60_000, `${frames} frames`);
});

test('memory: of all that a key had while no other asked, only the last frame is charged to it', async () => {
  const clock = { ms: 0 };
  const queue = createMemoryFrameQueue({ maxAgeMs: 1e9, refreshMs: NO_REFRESH_MS, nowMs: () => clock.ms });
  const submit = (model: string) => void queue.submit({ ...job(model), model });
  const serveOne = async () => {
    const frame = await takeNow(queue);
    clock.ms += COSTS[frame.job.model] ?? 0;
    frame.answer(ANSWERED);
    return frame.job.key;
  };
  submit('objects');
  await serveOne();
  for (let alone = 0; alone < 50; alone++) {
    submit('text');
    await serveOne();
  }
  submit('text');
  const fromMs = clock.ms;
  do submit('objects');
  while ((await serveOne()) !== 'text');
  assert.ok(clock.ms - fromMs <= 300 + 12 + 300, `text had to wait: ${clock.ms - fromMs} ms`);
  await queue.close();
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
