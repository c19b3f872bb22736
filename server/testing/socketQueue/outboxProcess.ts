import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { TakenFrame } from '../../queue/frameQueue.ts';
import { connectFrameOutbox } from './socketQueue.ts';

/** A process that holds the end for workers of the queue at `QUEUE_PATH`: it reports each frame, and answers it when asked to. */

/** A frame that the process has taken. */
export interface Taken {
  readonly key: string;
  readonly sha256: string;
}

const outbox = await connectFrameOutbox(process.env.QUEUE_PATH ?? '');
const leave = new AbortController();
process.once('disconnect', () => leave.abort());

const sha256Of = ({ job }: TakenFrame) => createHash('sha256').update(job.image).digest('hex');

for (;;) {
  const frame = await outbox.take(leave.signal);
  if (frame === undefined) break;
  const sha256 = sha256Of(frame);
  process.send?.({ key: frame.job.key, sha256 } satisfies Taken);
  await once(process, 'message');
  frame.answer({
    kind: 'answered',
    version: String(process.pid),
    answer: { task: 'object-detection', detections: [{ label: sha256, score: 1, box: [0, 0, 1, 1] }] },
    timing: { queueMs: frame.queueMs, decodeMs: 0, inferMs: 0 },
  });
}
await outbox.close();
