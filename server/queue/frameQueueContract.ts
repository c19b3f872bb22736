import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { FrameInbox, FrameJob, FrameOutbox, FrameResult, TakenFrame } from './frameQueue.ts';

/** Both ends of one queue, wherever the queue is. */
export interface FrameEnds {
  readonly inbox: FrameInbox;
  readonly outbox: FrameOutbox;
  /** Closes the queue: what waits is answered, takers are let go. Idempotent. */
  close(): Promise<void>;
}

export type OpenFrameEnds = (options: { maxAgeMs: number; refreshMs: number }) => Promise<FrameEnds>;

/** Longer than any test takes. */
const NEVER_MS = 1_000_000;
const never = new AbortController().signal;

export const job = (key: string, byte = 0): FrameJob => ({
  key,
  model: 'm',
  format: 'jpeg',
  image: Uint8Array.of(byte),
  maxPixels: 1_000,
  maxDecodeMs: 100,
  isFitted: true,
});
export const ANSWERED: Extract<FrameResult, { kind: 'answered' }> = {
  kind: 'answered',
  version: 'v1',
  answer: { task: 'object-detection', detections: [] },
  timing: { queueMs: 0, decodeMs: 0, inferMs: 0 },
};

export async function takeNow(outbox: FrameOutbox): Promise<TakenFrame> {
  const frame = await outbox.take(never);
  assert.ok(frame);
  return frame;
}

/** Resolves when all that was submitted before is in the queue: one that comes after it has been answered. */
async function allQueued(inbox: FrameInbox): Promise<void> {
  const barrier = inbox.submit(job('barrier'));
  inbox.forget('barrier');
  await barrier;
}

/** Frames 1, 2 and 3 of key `a`, the later replacing the earlier; `answers` fills in the order in which they come. */
export function submitThree(inbox: FrameInbox) {
  const answers: string[] = [];
  const all = [1, 2, 3].map((byte) =>
    inbox.submit(job('a', byte)).then((result) => {
      answers.push(`${byte} ${result.kind === 'dropped' ? result.reason : result.kind}`);
    }),
  );
  return { answers, all, replaced: Promise.all(all.slice(0, 2)) };
}

type Body = (ends: FrameEnds) => Promise<void>;

const withEnds =
  (name: string, open: OpenFrameEnds, defaults: { maxAgeMs: number; refreshMs: number }) =>
  (title: string, body: Body, options = defaults) =>
    test(`${name}: ${title}`, async () => {
      const ends = await open(options);
      try {
        await body(ends);
      } finally {
        await ends.close();
      }
    });

/** What sessions may rely on. Nothing here needs the queue to be in this process, or to share its clock. */
export function describeFrameInbox(name: string, open: OpenFrameEnds): void {
  const withQueue = withEnds(name, open, { maxAgeMs: NEVER_MS, refreshMs: NEVER_MS });

  withQueue('a frame goes to a worker and its answer comes back', async ({ inbox, outbox }) => {
    const result = inbox.submit(job('a', 7));
    const frame = await takeNow(outbox);
    assert.deepEqual(frame.job, job('a', 7));
    frame.answer(ANSWERED);
    assert.deepEqual(await result, ANSWERED);
  });

  withQueue(
    'a newer frame replaces the waiting one of its key, whose answer is held back',
    async ({ inbox, outbox }) => {
      const first = inbox.submit(job('first'));
      const { answers, all, replaced } = submitThree(inbox);
      // An immediate answer would have come before this.
      (await takeNow(outbox)).answer(ANSWERED);
      await first;
      assert.deepEqual(answers, []);

      const frame = await takeNow(outbox);
      assert.deepEqual(frame.job.image, Uint8Array.of(3));
      await replaced;
      frame.answer(ANSWERED);
      await Promise.all(all);
      assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 answered']);
    },
  );

  withQueue(
    'replaced frames are answered with one that became stale, before it',
    async ({ inbox }) => {
      const { answers, all } = submitThree(inbox);
      await Promise.all(all);
      assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 stale']);
    },
    { maxAgeMs: 20, refreshMs: NEVER_MS },
  );

  withQueue(
    'a frame that stays in its slot lets go of those that it replaced, one at a time',
    async ({ inbox, outbox }) => {
      const { answers, all, replaced } = submitThree(inbox);
      await all[0];
      assert.deepEqual(answers, ['1 superseded']);
      const newer = inbox.submit(job('a', 4));
      await replaced;
      await all[2];
      assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 superseded']);
      const frame = await takeNow(outbox);
      assert.deepEqual(frame.job.image, Uint8Array.of(4));
      frame.answer(ANSWERED);
      assert.deepEqual(await newer, ANSWERED);
    },
    { maxAgeMs: 60_000, refreshMs: 10 },
  );

  withQueue('the frames of a forgotten key are dropped', async ({ inbox, outbox }) => {
    const { answers, all } = submitThree(inbox);
    inbox.forget('a');
    await Promise.all(all);
    assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 superseded']);
    void inbox.submit(job('b'));
    assert.equal((await takeNow(outbox)).job.key, 'b', 'nothing of them is taken');
  });

  withQueue(
    'a frame that no worker comes for is answered stale all the same',
    async ({ inbox }) => {
      assert.deepEqual(await inbox.submit(job('a')), { kind: 'dropped', reason: 'stale' });
    },
    { maxAgeMs: 20, refreshMs: NEVER_MS },
  );

  withQueue('closing answers what waits', async ({ inbox, close }) => {
    const { answers, all } = submitThree(inbox);
    await close();
    await Promise.all(all);
    assert.equal(answers.length, 3);
    assert.equal(answers.at(-1), '3 worker_lost');
    assert.deepEqual(await inbox.submit(job('b')), { kind: 'dropped', reason: 'worker_lost' });
  });

  test(`${name}: whatever happens in whatever order, every frame is answered exactly once`, async () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('submit' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('takeWaiting' as const) }),
      fc.record({ do: fc.constant('answer' as const) }),
      fc.record({ do: fc.constant('forget' as const), key: fc.constantFrom('a', 'b', 'c') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const { inbox, outbox, close } = await open({ maxAgeMs: NEVER_MS, refreshMs: NEVER_MS });
        const results: Promise<FrameResult>[] = [];
        const answered: number[] = [];
        const inHand: TakenFrame[] = [];
        const takes: Promise<void>[] = [];
        for (const step of actions) {
          switch (step.do) {
            case 'submit': {
              const index = results.length;
              results.push(
                inbox.submit(job(step.key, index)).then((result) => {
                  answered.push(index);
                  return result;
                }),
              );
              break;
            }
            case 'take':
              takes.push(
                outbox.take(never).then((frame) => {
                  if (frame) inHand.push(frame);
                }),
              );
              break;
            case 'takeWaiting':
              takes.push(
                outbox.takeWaiting('m', [1, 2]).then((frames) => {
                  inHand.push(...frames);
                }),
              );
              break;
            case 'answer':
              inHand.shift()?.answer(ANSWERED);
              break;
            case 'forget':
              inbox.forget(step.key);
              break;
          }
        }
        await close();
        await Promise.all(takes);
        for (const frame of inHand) frame.answer({ kind: 'dropped', reason: 'worker_lost' });
        await Promise.all(results);
        assert.deepEqual(
          answered.toSorted((a, b) => a - b),
          [...results.keys()],
        );
      }),
      { numRuns: 60 },
    );
  });
}

/** What workers may rely on. */
export function describeFrameOutbox(name: string, open: OpenFrameEnds): void {
  const withQueue = withEnds(name, open, { maxAgeMs: NEVER_MS, refreshMs: NEVER_MS });

  withQueue('a worker that waits gets the next frame', async ({ inbox, outbox }) => {
    const taken = outbox.take(never);
    void inbox.submit(job('a', 1));
    assert.deepEqual((await taken)?.job.image, Uint8Array.of(1));
  });

  withQueue('keys take turns, no matter how often one of them submits', async ({ inbox, outbox }) => {
    for (const key of ['greedy', 'b', 'c', 'greedy', 'greedy']) void inbox.submit(job(key));
    await allQueued(inbox);
    const first = [await takeNow(outbox), await takeNow(outbox)].map((frame) => frame.job.key);
    void inbox.submit(job('greedy'));
    const then = [await takeNow(outbox), await takeNow(outbox)].map((frame) => frame.job.key);
    assert.deepEqual([...first, ...then], ['greedy', 'b', 'c', 'greedy']);
  });

  withQueue(
    'a frame that waited too long is never taken',
    async ({ inbox, outbox }) => {
      assert.deepEqual(await inbox.submit(job('a', 1)), { kind: 'dropped', reason: 'stale' });
      void inbox.submit(job('b', 2));
      assert.equal((await takeNow(outbox)).job.key, 'b');
    },
    { maxAgeMs: 50, refreshMs: NEVER_MS },
  );

  withQueue('only the first answer counts', async ({ inbox, outbox }) => {
    const result = inbox.submit(job('a'));
    const frame = await takeNow(outbox);
    frame.answer({ kind: 'dropped', reason: 'worker_lost' });
    frame.answer(ANSWERED);
    assert.deepEqual(await result, { kind: 'dropped', reason: 'worker_lost' });
  });

  withQueue('a worker that stops waiting takes nothing', async ({ inbox, outbox }) => {
    const leave = new AbortController();
    const taken = outbox.take(leave.signal);
    leave.abort();
    assert.equal(await taken, undefined);
    void inbox.submit(job('a', 9));
    assert.deepEqual((await takeNow(outbox)).job.image, Uint8Array.of(9));
  });

  withQueue('a frame says how long it waited, and whether another waits', async ({ inbox, outbox }) => {
    for (const key of ['a', 'b']) void inbox.submit(job(key));
    await allQueued(inbox);
    const [first] = [await takeNow(outbox), await takeNow(outbox)];
    assert.equal(first.isAlone, false);
    assert.ok(first.queueMs >= 0);
    // A queue of many machines may still count one that was forgotten, until it looked for it once.
    void inbox.submit(job('c'));
    assert.equal((await takeNow(outbox)).isAlone, true);
  });

  withQueue(
    'frames of one model that wait are taken together, the largest number that is of use, in their turn',
    async ({ inbox, outbox }) => {
      const results = ['a', 'b', 'c', 'd', 'e'].map((key) => inbox.submit(job(key)));
      await allQueued(inbox);
      const first = await takeNow(outbox);
      const more = await outbox.takeWaiting('m', [1, 3]);
      assert.deepEqual(
        [first, ...more].map((frame) => frame.job.key),
        ['a', 'b', 'c', 'd'],
      );
      assert.deepEqual(await outbox.takeWaiting('m', [2, 3]), [], 'one waits');
      for (const frame of [first, ...more]) frame.answer({ ...ANSWERED, batch: 4 });
      assert.deepEqual(await results[3], { ...ANSWERED, batch: 4 });
      assert.equal((await takeNow(outbox)).job.key, 'e');
      assert.deepEqual(await outbox.takeWaiting('m', [1]), [], 'none waits');
    },
  );

  withQueue('none is taken together before a frame of another model', async ({ inbox, outbox }) => {
    for (const key of ['a', 'b']) void inbox.submit(job(key));
    void inbox.submit({ ...job('other'), model: 'other' });
    void inbox.submit(job('c'));
    await allQueued(inbox);
    await takeNow(outbox);
    const more = await outbox.takeWaiting('m', [1, 2, 3]);
    assert.deepEqual(
      more.map((frame) => frame.job.key),
      ['b'],
    );
    assert.equal((await takeNow(outbox)).job.key, 'other');
  });

  withQueue('one whose finds another model embeds is not taken together', async ({ inbox, outbox }) => {
    for (const key of ['a', 'b']) void inbox.submit(job(key));
    void inbox.submit({ ...job('embedded'), embedder: 'other' });
    void inbox.submit(job('c'));
    await allQueued(inbox);
    await takeNow(outbox);
    const more = await outbox.takeWaiting('m', [1, 2, 3]);
    assert.deepEqual(
      more.map((frame) => frame.job.key),
      ['b'],
    );
    assert.deepEqual((await takeNow(outbox)).job, { ...job('embedded'), embedder: 'other' });
  });

  withQueue(
    'of each key the newest is taken together, and those that it replaced are answered',
    async ({ inbox, outbox }) => {
      void inbox.submit(job('first'));
      const { answers, all, replaced } = submitThree(inbox);
      await takeNow(outbox);
      const [frame] = await outbox.takeWaiting('m', [1]);
      await replaced;
      assert.deepEqual(frame?.job.image, Uint8Array.of(3));
      frame?.answer(ANSWERED);
      await Promise.all(all);
      assert.deepEqual(answers, ['1 superseded', '2 superseded', '3 answered']);
    },
  );

  withQueue(
    'a frame that waited too long is never taken together',
    async ({ inbox, outbox }) => {
      assert.deepEqual(await inbox.submit(job('a', 1)), { kind: 'dropped', reason: 'stale' });
      assert.deepEqual(await outbox.takeWaiting('m', [1]), []);
    },
    { maxAgeMs: 50, refreshMs: NEVER_MS },
  );

  withQueue('closing lets the workers go', async ({ outbox, close }) => {
    const taken = outbox.take(never);
    await close();
    assert.equal(await taken, undefined);
    assert.equal(await outbox.take(never), undefined);
  });
}
