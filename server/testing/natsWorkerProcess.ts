import { once } from 'node:events';
import { connectNats } from '../nats/link.ts';
import { createNatsFrameOutbox } from '../nats/natsFrameOutbox.ts';
import { ANSWERED } from '../queue/frameQueueContract.ts';
import { SILENT_LOG } from './silentLog.ts';

/** A process that holds the end for workers of the queue over NATS: it reports the key of each frame, and answers when asked to. */
const { NATS_URL = '', WORKER_ID = '' } = process.env;
const link = await connectNats({ urls: [NATS_URL], name: 'fleet', clientName: WORKER_ID }, SILENT_LOG);
const outbox = createNatsFrameOutbox({ link, workerId: WORKER_ID, group: 'default', log: SILENT_LOG });
const leave = new AbortController();
process.once('disconnect', () => leave.abort());

for (;;) {
  const frame = await outbox.take(leave.signal);
  if (frame === undefined) break;
  process.send?.(frame.job.key);
  await once(process, 'message');
  frame.answer(ANSWERED);
}
outbox.close();
await link.close();
