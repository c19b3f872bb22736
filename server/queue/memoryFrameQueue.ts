import type { FrameQueue, FrameQueueOptions, TakenFrame } from './frameQueue.ts';
import { createMailbox } from './mailbox.ts';

/** The frame queue of one machine. */
export function createMemoryFrameQueue(options: FrameQueueOptions): FrameQueue {
  const mailbox = createMailbox(options);
  // Where one waits, no frame does.
  const takers: ((frame: TakenFrame | undefined) => void)[] = [];
  let closed = false;

  return {
    submit(job) {
      const result = mailbox.submit(job);
      if (takers.length > 0) takers.shift()?.(mailbox.take());
      return result;
    },

    take(signal) {
      return new Promise((resolve) => {
        const frame = mailbox.take();
        if (frame || closed || signal.aborted) {
          resolve(frame);
          return;
        }
        const taker = (taken: TakenFrame | undefined) => {
          signal.removeEventListener('abort', giveUp);
          resolve(taken);
        };
        const giveUp = () => {
          takers.splice(takers.indexOf(taker), 1);
          taker(undefined);
        };
        signal.addEventListener('abort', giveUp);
        takers.push(taker);
      });
    },

    takeWaiting: async (model, counts) => mailbox.takeWaiting(model, counts),

    forget: mailbox.forget,

    get waiting() {
      return mailbox.waiting;
    },

    async close() {
      closed = true;
      mailbox.close();
      for (const taker of takers.splice(0)) taker(undefined);
    },
  };
}
