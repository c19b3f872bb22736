import type { FrameResult } from '../../queue/frameQueue.ts';
import { job } from '../../queue/frameQueueContract.ts';
import { connectFrameInbox } from './socketQueue.ts';

/** A process that holds the end for sessions of the queue at `QUEUE_PATH`: it submits what it is sent, and reports the results. */

export interface Submission {
  readonly key: string;
  readonly image: Uint8Array;
}
export interface Submitted {
  readonly key: string;
  readonly result: FrameResult;
}

const inbox = await connectFrameInbox(process.env.QUEUE_PATH ?? '');
process.once('disconnect', () => void inbox.close());
process.on('message', ({ key, image }: Submission) => {
  void inbox.submit({ ...job(key), image }).then((result) => {
    process.send?.({ key, result } satisfies Submitted);
  });
});
