import { randomUUID } from 'node:crypto';
import { connectNats } from '../../server/nats/link.ts';
import { createNatsFrameInbox } from '../../server/nats/natsFrameInbox.ts';
import { createNatsFrameOutbox } from '../../server/nats/natsFrameOutbox.ts';
import type { FrameInbox, FrameOutbox } from '../../server/queue/frameQueue.ts';
import { SILENT_LOG } from '../../server/testing/silentLog.ts';
import { MAX_AGE_MS, REFRESH_MS } from './plan.ts';

/** Both ends of the queue of many machines, each with a connection of its own. */

const NAME = 'bench';
const GROUP = 'default';

export async function openNatsInbox(servers: string): Promise<FrameInbox & { close(): Promise<void> }> {
  const link = await connectNats({ urls: [servers], name: NAME, clientName: 'gateway' }, SILENT_LOG);
  const inbox = createNatsFrameInbox({
    link,
    gatewayId: randomUUID(),
    groupOf: () => GROUP,
    onGone: () => () => {},
    maxAgeMs: MAX_AGE_MS,
    refreshMs: REFRESH_MS,
    nowMs: () => performance.now(),
    log: SILENT_LOG,
  });
  return {
    submit: (job) => inbox.submit(job),
    forget: (key) => inbox.forget(key),
    async close() {
      inbox.close();
      await link.close();
    },
  };
}

export async function openNatsOutbox(servers: string): Promise<FrameOutbox & { close(): Promise<void> }> {
  const link = await connectNats({ urls: [servers], name: NAME, clientName: 'worker' }, SILENT_LOG);
  const outbox = createNatsFrameOutbox({ link, workerId: randomUUID(), group: GROUP, log: SILENT_LOG });
  return {
    take: (signal) => outbox.take(signal),
    takeWaiting: (model, counts) => outbox.takeWaiting(model, counts),
    async close() {
      outbox.close();
      await link.close();
    },
  };
}
