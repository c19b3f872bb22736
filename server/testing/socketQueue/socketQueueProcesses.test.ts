import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { forkChild } from '../../config/forkChild.ts';
import { createMemoryFrameQueue } from '../../queue/memoryFrameQueue.ts';
import type { Submission, Submitted } from './inboxProcess.ts';
import type { Taken } from './outboxProcess.ts';
import { serveFrameQueue } from './socketQueue.ts';

/** Two minutes: longer than the processes take to start on a busy machine. */
const OPTIONS = { timeout: 120_000 };

/** A queue in this process, whose ends are in processes of their own. */
async function openQueue(t: TestContext) {
  const queue = createMemoryFrameQueue({
    maxAgeMs: OPTIONS.timeout,
    refreshMs: OPTIONS.timeout,
    nowMs: () => performance.now(),
  });
  const server = await serveFrameQueue(queue);
  const children: ChildProcess[] = [];
  t.after(async () => {
    await Promise.all(children.map(end));
    await queue.close();
    await server.close();
  });
  const start = (file: string): ChildProcess => {
    const entry = { source: new URL(file, import.meta.url), built: '' };
    const child = forkChild(entry, { env: { QUEUE_PATH: server.path } });
    children.push(child);
    return child;
  };
  return {
    queue,
    startSender: () => start('./inboxProcess.ts'),
    startWorker: () => start('./outboxProcess.ts'),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message;
}

/** A child that has not connected yet reads it when it has. */
const submit = (sender: ChildProcess, key: string, image = randomBytes(300_000)) => {
  sender.send({ key, image } satisfies Submission);
  return createHash('sha256').update(image).digest('hex');
};
const letAnswer = (worker: ChildProcess) => void worker.send('answer');

test('a frame goes from one process to another, and its answer comes back', OPTIONS, async (t) => {
  const { startSender, startWorker } = await openQueue(t);
  const [sender, worker] = [startSender(), startWorker()];
  const sha256 = submit(sender, 'a');
  const answered = nextMessage<Submitted>(sender);
  assert.deepEqual(await nextMessage<Taken>(worker), { key: 'a', sha256 });
  letAnswer(worker);
  const { key, result } = await answered;
  assert.equal(key, 'a');
  assert.ok(result.kind === 'answered' && result.answer.task === 'object-detection');
  assert.equal(result.version, String(worker.pid));
  assert.deepEqual(result.answer.detections, [{ label: sha256, score: 1, box: [0, 0, 1, 1] }]);
});

test('a worker process that is killed loses its frame; the next one goes on', OPTIONS, async (t) => {
  const { startSender, startWorker } = await openQueue(t);
  const [sender, worker] = [startSender(), startWorker()];
  submit(sender, 'held');
  await nextMessage<Taken>(worker);
  const lost = nextMessage<Submitted>(sender);
  await end(worker);
  assert.deepEqual(await lost, { key: 'held', result: { kind: 'dropped', reason: 'worker_lost' } });

  const sha256 = submit(sender, 'next');
  const answered = nextMessage<Submitted>(sender);
  const another = startWorker();
  assert.deepEqual(await nextMessage<Taken>(another), { key: 'next', sha256 });
  letAnswer(another);
  const { result } = await answered;
  assert.ok(result.kind === 'answered');
  assert.equal(result.version, String(another.pid));
});

test('the waiting frames of a sender process that is killed are taken by no worker', OPTIONS, async (t) => {
  const { queue, startSender, startWorker } = await openQueue(t);
  const [leaving, staying, worker] = [startSender(), startSender(), startWorker()];
  // The worker has its hands full, so that the next frames wait.
  submit(staying, 'first');
  assert.equal((await nextMessage<Taken>(worker)).key, 'first');
  const forgotten = new Promise<void>((resolve) => {
    const forget = queue.forget;
    queue.forget = (key) => {
      forget(key);
      if (key === 'gone') resolve();
    };
  });
  const waits = new Promise<void>((resolve) => {
    const submitHere = queue.submit;
    queue.submit = (job) => {
      const result = submitHere(job);
      if (job.key === 'gone') resolve();
      return result;
    };
  });
  submit(leaving, 'gone');
  await waits;
  assert.equal(queue.waiting, 1);
  await end(leaving);
  await forgotten;
  assert.equal(queue.waiting, 0);

  submit(staying, 'second');
  const second = nextMessage<Taken>(worker);
  letAnswer(worker);
  assert.equal((await second).key, 'second');
});
