import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { encodeJob, encodeResult, parseJob, parseResult } from '../../server/queue/frameBytes.ts';
import type { FrameInbox } from '../../server/queue/frameQueue.ts';
import { fixedAnswer } from './fixedTimeWorker.ts';
import { MAX_AGE_MS } from './plan.ts';

/**
 * What many build first: each frame is a request to a queue group of NATS, which gives it to one of the group at random, free or
 * not. Nothing is replaced, and what waits, waits in a worker's process.
 */
const SUBJECT = 'plain.frames';

export async function openGroupInbox(servers: string): Promise<FrameInbox & { close(): Promise<void> }> {
  const nats = await connect({ servers });
  return {
    async submit(job) {
      try {
        return parseResult((await nats.request(SUBJECT, encodeJob(job), { timeout: MAX_AGE_MS })).data);
      } catch {
        return { kind: 'dropped', reason: 'stale' };
      }
    },
    forget() {},
    close: () => nats.close(),
  };
}

/** A member of the group. It leaves what still waits when `signal` aborts. */
export async function workInGroup(nats: NatsConnection, workMs: number, signal: AbortSignal): Promise<void> {
  const frames = nats.subscribe(SUBJECT, { queue: 'workers' });
  signal.addEventListener('abort', () => frames.unsubscribe());
  for await (const frame of frames) {
    if (signal.aborted) break;
    parseJob(frame.data);
    await sleep(workMs);
    frame.respond(encodeResult(fixedAnswer(0, workMs)));
  }
}
