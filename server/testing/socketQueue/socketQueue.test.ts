import assert from 'node:assert/strict';
import test from 'node:test';
import {
  describeFrameInbox,
  describeFrameOutbox,
  job,
  type OpenFrameEnds,
  takeNow,
} from '../../queue/frameQueueContract.ts';
import { createMemoryFrameQueue } from '../../queue/memoryFrameQueue.ts';
import { connectFrameInbox, connectFrameOutbox, serveFrameQueue } from './socketQueue.ts';

async function openAll(options: { maxAgeMs: number; refreshMs: number }) {
  const queue = createMemoryFrameQueue({ ...options, nowMs: () => performance.now() });
  const server = await serveFrameQueue(queue);
  const inbox = await connectFrameInbox(server.path);
  const outbox = await connectFrameOutbox(server.path);
  async function close() {
    await queue.close();
    await Promise.all([inbox.close(), outbox.close(), server.close()]);
  }
  return { inbox, outbox, close: once(close) };
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= close();
    return closed;
  };
}

const open: OpenFrameEnds = openAll;
describeFrameInbox('over a socket', open);
describeFrameOutbox('over a socket', open);

test('over a socket: a worker whose connection is lost loses its frame, and the sender learns it', async () => {
  const { inbox, outbox, close } = await openAll({ maxAgeMs: 60_000, refreshMs: 60_000 });
  const result = inbox.submit(job('a'));
  await takeNow(outbox);
  await outbox.close();
  assert.deepEqual(await result, { kind: 'dropped', reason: 'worker_lost' });
  await close();
});
