import type { FrameJob, FrameQueue, FrameQueueOptions, FrameResult, TakenFrame } from './frameQueue.ts';

type Answer = (result: FrameResult) => void;

interface Slot {
  job: FrameJob;
  submittedAtMs: number;
  /** Of the frames that lost this slot to a newer one and were not answered yet, oldest first. */
  replaced: Answer[];
  /** Ends a frame that no worker comes for. */
  staleTimer?: NodeJS.Timeout;
  /** Answers one of `replaced` every `refreshMs`. */
  refreshTimer?: NodeJS.Timeout;
  answer: Answer;
}

/** The frame queue of one machine. */
export function createMemoryFrameQueue(options: FrameQueueOptions): FrameQueue {
  const { maxAgeMs, refreshMs, nowMs } = options;
  // A Map keeps insertion order: the first key is the one that waits longest. A frame that replaces another takes over its turn, so a
  // session that sends often does not fall behind, and does not get ahead either.
  const slots = new Map<string, Slot>();
  const takers: ((frame: TakenFrame | undefined) => void)[] = [];
  let closed = false;

  const answerReplaced = (slot: Slot, count = slot.replaced.length) => {
    for (const answer of slot.replaced.splice(0, count)) answer({ kind: 'dropped', reason: 'superseded' });
    if (slot.replaced.length === 0) clearInterval(slot.refreshTimer);
  };

  /** What happens to every frame that leaves its slot, for any reason. */
  const leave = (slot: Slot) => {
    clearTimeout(slot.staleTimer);
    answerReplaced(slot);
  };

  const drop = (slot: Slot, reason: 'superseded' | 'stale' | 'worker_lost') => {
    leave(slot);
    slot.answer({ kind: 'dropped', reason });
  };

  const hand = (slot: Slot): TakenFrame => {
    leave(slot);
    const isAlone = slots.size === 0;
    return { job: slot.job, queueMs: nowMs() - slot.submittedAtMs, isAlone, answer: slot.answer };
  };

  const replace = (older: Slot, newer: Slot) => {
    clearTimeout(older.staleTimer);
    clearInterval(older.refreshTimer);
    newer.replaced = [...older.replaced, older.answer];
    newer.refreshTimer = setInterval(() => answerReplaced(newer, 1), refreshMs);
  };

  const expire = (slot: Slot) => {
    if (slots.get(slot.job.key) !== slot || nowMs() - slot.submittedAtMs <= maxAgeMs) return;
    slots.delete(slot.job.key);
    drop(slot, 'stale');
  };

  return {
    submit(job) {
      return new Promise((resolve) => {
        const slot: Slot = { job, submittedAtMs: nowMs(), replaced: [], answer: resolve };
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
        slot.staleTimer = setTimeout(() => expire(slot), maxAgeMs + 1);
        if (waiting) replace(waiting, slot);
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
          signal.removeEventListener('abort', giveUp);
          resolve(frame);
        };
        const giveUp = () => {
          takers.splice(takers.indexOf(taker), 1);
          taker(undefined);
        };
        signal.addEventListener('abort', giveUp);
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
