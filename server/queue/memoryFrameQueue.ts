import type { FrameJob, FrameOutcome, FrameQueue, TakenFrame } from './frameQueue.ts';

interface Slot {
  job: FrameJob;
  submittedAtMs: number;
  /** Ends a frame that no worker comes for. */
  timer?: NodeJS.Timeout;
  answer(outcome: FrameOutcome): void;
}

/** The frame queue of one machine. `nowMs` is a monotonic clock. */
export function createMemoryFrameQueue(options: { maxAgeMs: number; nowMs: () => number }): FrameQueue {
  const { maxAgeMs, nowMs } = options;
  // A Map keeps insertion order: the first key is the one that waits longest. A replaced frame keeps its place, so a
  // session that sends often does not fall behind, and does not get ahead either.
  const slots = new Map<string, Slot>();
  const takers: ((frame: TakenFrame | undefined) => void)[] = [];
  let closed = false;

  const drop = (slot: Slot, reason: 'superseded' | 'stale' | 'worker_lost') => {
    clearTimeout(slot.timer);
    slot.answer({ kind: 'dropped', reason });
  };

  const hand = (slot: Slot): TakenFrame => {
    clearTimeout(slot.timer);
    return { job: slot.job, queueMs: nowMs() - slot.submittedAtMs, answer: slot.answer };
  };

  const expire = (slot: Slot) => {
    if (slots.get(slot.job.key) !== slot || nowMs() - slot.submittedAtMs <= maxAgeMs) return;
    slots.delete(slot.job.key);
    drop(slot, 'stale');
  };

  return {
    submit(job) {
      return new Promise((resolve) => {
        const slot: Slot = { job, submittedAtMs: nowMs(), answer: resolve };
        if (closed) {
          drop(slot, 'worker_lost');
          return;
        }
        const taker = takers.shift();
        if (taker) {
          taker(hand(slot));
          return;
        }
        const waiting = slots.get(job.key);
        slots.set(job.key, slot);
        slot.timer = setTimeout(() => expire(slot), maxAgeMs + 1);
        if (waiting) drop(waiting, 'superseded');
      });
    },

    take(signal) {
      return new Promise((resolve) => {
        for (const [key, slot] of slots) {
          slots.delete(key);
          if (nowMs() - slot.submittedAtMs <= maxAgeMs) {
            resolve(hand(slot));
            return;
          }
          drop(slot, 'stale');
        }
        if (closed || signal.aborted) {
          resolve(undefined);
          return;
        }
        const taker = (frame: TakenFrame | undefined) => {
          signal.removeEventListener('abort', leave);
          resolve(frame);
        };
        const leave = () => {
          takers.splice(takers.indexOf(taker), 1);
          taker(undefined);
        };
        signal.addEventListener('abort', leave);
        takers.push(taker);
      });
    },

    forget(key) {
      const slot = slots.get(key);
      slots.delete(key);
      if (slot) drop(slot, 'superseded');
    },

    get waiting() {
      return slots.size;
    },

    async close() {
      closed = true;
      for (const slot of slots.values()) drop(slot, 'worker_lost');
      slots.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
  };
}
