import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { FrameJob, FrameOutcome, FrameQueue, FrameQueueOptions, TakenFrame } from './frameQueue.ts';

const MAX_AGE_MS = 100;
/** Longer than any test takes. */
const NO_REFRESH_MS = 1_000_000;
const job = (key: string, byte = 0): FrameJob => ({
  key,
  model: 'm',
  format: 'jpeg',
  image: Uint8Array.of(byte),
  maxPixels: 1_000,
  maxDecodeMs: 100,
  isFitted: true,
});
const LABELLED: FrameOutcome = {
  kind: 'detections',
  version: 'v1',
  answer: { task: 'object-detection', detections: [] },
  timing: { queueMs: 0, decodeMs: 0, inferMs: 0 },
};
const never = new AbortController().signal;

/** What every frame queue does, whatever it is made of. */
export function describeFrameQueue(
  name: string,
  open: (options: FrameQueueOptions) => Promise<FrameQueue>,
): void {
  const withQueue = (title: string, body: (queue: FrameQueue, clock: { ms: number }) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const clock = { ms: 0 };
      const queue = await open({ maxAgeMs: MAX_AGE_MS, refreshMs: NO_REFRESH_MS, nowMs: () => clock.ms });
      try {
        await body(queue, clock);
      } finally {
        await queue.close();
      }
    });
  const takeNow = async (queue: FrameQueue): Promise<TakenFrame> => {
    const frame = await queue.take(never);
    assert.ok(frame);
    return frame;
  };

  withQueue('a frame goes to a worker and its answer comes back', async (queue) => {
    const outcome = queue.submit(job('a', 7));
    const frame = await takeNow(queue);
    assert.deepEqual(frame.job, job('a', 7));
    frame.answer(LABELLED);
    assert.deepEqual(await outcome, LABELLED);
  });

  withQueue('a worker that waits gets the next frame', async (queue) => {
    const taken = queue.take(never);
    void queue.submit(job('a', 1));
    assert.deepEqual((await taken)?.job.image, Uint8Array.of(1));
  });

  /** Frames 1, 2 and 3 of one key, the later replacing the earlier; `answers` fills in the order in which they come. */
  const submitThree = (queue: FrameQueue) => {
    const answers: string[] = [];
    const all = [1, 2, 3].map((byte) =>
      queue.submit(job('a', byte)).then((outcome) => {
        answers.push(`${byte} ${outcome.kind === 'dropped' ? outcome.reason : outcome.kind}`);
      }),
    );
    return { answers, all, replaced: Promise.all(all.slice(0, 2)) };
  };

  withQueue('a newer frame replaces the waiting one of its key, whose answer is held back', async (queue) => {
    const { answers, all, replaced } = submitThree(queue);
    await nextTurn();
    assert.deepEqual(answers, []);
    assert.equal(queue.waiting, 1);

    const frame = await takeNow(queue);
    assert.deepEqual(frame.job.image, Uint8Array.of(3));
    await replaced;
    frame.answer(LABELLED);
    await Promise.all(all);
    assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 detections']);
  });

  withQueue('replaced frames are answered with one that became stale, before it', async (queue, clock) => {
    const { answers, all } = submitThree(queue);
    clock.ms = MAX_AGE_MS + 1;
    void queue.submit(job('b'));
    await takeNow(queue);
    await Promise.all(all);
    assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 stale']);
  });

  test(`${name}: a frame that stays in its slot lets go of those that it replaced, one at a time`, async () => {
    const options = { maxAgeMs: 60_000, refreshMs: 10, nowMs: () => performance.now() };
    const queue = await open(options);
    const { answers, all, replaced } = submitThree(queue);
    await all[0];
    assert.deepEqual(answers, ['1 superseded']);
    const newer = queue.submit(job('a', 4));
    await replaced;
    await all[2];
    assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 superseded']);
    const frame = await takeNow(queue);
    assert.deepEqual(frame.job.image, Uint8Array.of(4));
    frame.answer(LABELLED);
    assert.deepEqual(await newer, LABELLED);
    await queue.close();
  });

  withQueue('keys take turns, however often one of them submits', async (queue) => {
    for (const key of ['greedy', 'b', 'c', 'greedy', 'greedy']) void queue.submit(job(key));
    const first = [await takeNow(queue), await takeNow(queue)].map((frame) => frame.job.key);
    void queue.submit(job('greedy'));
    const then = [await takeNow(queue), await takeNow(queue)].map((frame) => frame.job.key);
    assert.deepEqual([...first, ...then], ['greedy', 'b', 'c', 'greedy']);
  });

  withQueue('a frame that waited too long is answered stale and never taken', async (queue, clock) => {
    const old = queue.submit(job('a', 1));
    clock.ms = MAX_AGE_MS + 1;
    void queue.submit(job('b', 2));
    assert.equal((await takeNow(queue)).job.key, 'b');
    assert.deepEqual(await old, { kind: 'dropped', reason: 'stale' });
  });

  test(`${name}: a frame that no worker comes for is answered stale all the same`, async () => {
    const queue = await open({ maxAgeMs: 20, refreshMs: NO_REFRESH_MS, nowMs: () => performance.now() });
    assert.deepEqual(await queue.submit(job('a')), { kind: 'dropped', reason: 'stale' });
    await queue.close();
  });

  withQueue('the wait is told to the worker', async (queue, clock) => {
    void queue.submit(job('a'));
    clock.ms = 30;
    assert.equal((await takeNow(queue)).queueMs, 30);
  });

  withQueue('only the first answer counts', async (queue) => {
    const outcome = queue.submit(job('a'));
    const frame = await takeNow(queue);
    frame.answer({ kind: 'dropped', reason: 'worker_lost' });
    frame.answer(LABELLED);
    assert.deepEqual(await outcome, { kind: 'dropped', reason: 'worker_lost' });
  });

  withQueue('a worker that stops waiting takes nothing', async (queue) => {
    const leave = new AbortController();
    const taken = queue.take(leave.signal);
    leave.abort();
    assert.equal(await taken, undefined);
    void queue.submit(job('a', 9));
    assert.deepEqual((await takeNow(queue)).job.image, Uint8Array.of(9));
  });

  withQueue('the frames of a forgotten key are dropped', async (queue) => {
    const { answers, all } = submitThree(queue);
    queue.forget('a');
    await Promise.all(all);
    assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 superseded']);
    assert.equal(queue.waiting, 0);
  });

  withQueue('closing answers what waits and lets the workers go', async (queue) => {
    const { answers, all } = submitThree(queue);
    await queue.close();
    await Promise.all(all);
    assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 worker_lost']);
    assert.equal(await queue.take(never), undefined);
    assert.deepEqual(await queue.submit(job('b')), { kind: 'dropped', reason: 'worker_lost' });
  });

  test(`${name}: whatever happens in whatever order, every frame is answered exactly once`, async () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('submit' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('answer' as const) }),
      fc.record({ do: fc.constant('forget' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: MAX_AGE_MS }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const clock = { ms: 0 };
        const queue = await open({ maxAgeMs: MAX_AGE_MS, refreshMs: NO_REFRESH_MS, nowMs: () => clock.ms });
        const outcomes: Promise<FrameOutcome>[] = [];
        const answered: number[] = [];
        const inHand: TakenFrame[] = [];
        const takes: Promise<void>[] = [];
        for (const step of actions) {
          switch (step.do) {
            case 'submit': {
              const index = outcomes.length;
              outcomes.push(
                queue.submit(job(step.key, index)).then((outcome) => {
                  answered.push(index);
                  return outcome;
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
              inHand.shift()?.answer(LABELLED);
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
        await Promise.all(outcomes);
        assert.deepEqual(
          answered.toSorted((a, b) => a - b),
          [...outcomes.keys()],
        );
      }),
      { numRuns: 300 },
    );
  });
}
