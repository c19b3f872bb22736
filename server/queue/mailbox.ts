import type { FrameInbox, FrameJob, FrameQueueOptions, FrameResult, TakenFrame } from './frameQueue.ts';
import { createTimeTurns } from './timeTurns.ts';

type Answer = (result: FrameResult) => void;

interface Slot {
  job: FrameJob;
  submittedAtMs: number;
  /** See `turns`. */
  turn: number;
  /** Of the frames that lost this slot to a newer one and were not answered yet, oldest first. */
  replaced: Answer[];
  /** Ends a frame that no worker comes for. */
  staleTimer?: NodeJS.Timeout;
  /** Answers one of `replaced` every `refreshMs`. */
  refreshTimer?: NodeJS.Timeout;
  answer: Answer;
}

/**
 * The slots of the frame queue and their turns, without those who take: the law of FrameInbox, for queues of one machine and of many.
 */
export interface Mailbox extends FrameInbox {
  /** Frames waiting now. */
  readonly waiting: number;
  /**
   * The frame whose turn it is leaves its slot; frames that are too old are dropped.
   * @param isWanted whether who takes it could run it. Default: all
   */
  take(isWanted?: (job: FrameJob) => boolean): TakenFrame | undefined;
  /**
   * See FrameOutbox.takeWaiting.
   * @param fits whether these could be handed over together. Default: always
   */
  takeWaiting(
    model: string,
    counts: readonly number[],
    fits?: (jobs: readonly FrameJob[]) => boolean,
  ): TakenFrame[];
  /** Answers what waits, and what comes from now on, with `worker_lost`. Idempotent. */
  close(): void;
}

export function createMailbox(options: FrameQueueOptions): Mailbox {
  const { maxAgeMs, refreshMs, nowMs } = options;
  // A Map keeps insertion order: of keys with the same turn, the first is the one that waits longest. A frame that replaces another takes
  // over its turn, so a session that sends often does not fall behind, and does not get ahead either.
  const slots = new Map<string, Slot>();
  const turns = createTimeTurns();
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

  const isTooOld = ({ submittedAtMs }: Slot) => nowMs() - submittedAtMs > maxAgeMs;

  const hand = (slot: Slot): TakenFrame => {
    slots.delete(slot.job.key);
    leave(slot);
    const { job, turn, submittedAtMs } = slot;
    const takenAtMs = nowMs();
    turns.taken(job, turn);
    return {
      job,
      queueMs: takenAtMs - submittedAtMs,
      isAlone: slots.size === 0,
      answer(result) {
        if (result.kind === 'answered')
          turns.answered(job.model, (nowMs() - takenAtMs) / (result.batch ?? 1));
        slot.answer(result);
      },
    };
  };

  /** The frames that would be taken next, as long as they are of this model, and of it alone. */
  const nextOf = (model: string): Slot[] => {
    const inTurn = [...slots.values()].filter((slot) => !isTooOld(slot)).sort((a, b) => a.turn - b.turn);
    const other = inTurn.findIndex(({ job }) => job.model !== model || job.embedder !== undefined);
    return other < 0 ? inTurn : inTurn.slice(0, other);
  };

  /** The slot whose turn it is. */
  const next = (isWanted: (job: FrameJob) => boolean): Slot | undefined => {
    let first: Slot | undefined;
    for (const slot of slots.values())
      if ((first === undefined || slot.turn < first.turn) && isWanted(slot.job)) first = slot;
    return first;
  };

  const replace = (older: Slot, newer: Slot) => {
    clearTimeout(older.staleTimer);
    clearInterval(older.refreshTimer);
    newer.turn = older.turn;
    newer.replaced = [...older.replaced, older.answer];
    newer.refreshTimer = setInterval(() => answerReplaced(newer, 1), refreshMs);
  };

  const dropStale = (slot: Slot) => {
    slots.delete(slot.job.key);
    drop(slot, 'stale');
  };

  const expire = (slot: Slot) => {
    if (slots.get(slot.job.key) === slot && isTooOld(slot)) dropStale(slot);
  };

  return {
    submit(job) {
      return new Promise((resolve) => {
        const turn = turns.turnOf(job.key);
        const slot: Slot = { job, submittedAtMs: nowMs(), turn, replaced: [], answer: resolve };
        if (closed) {
          drop(slot, 'worker_lost');
          return;
        }
        const waiting = slots.get(job.key);
        slots.set(job.key, slot);
        slot.staleTimer = setTimeout(() => expire(slot), maxAgeMs + 1);
        if (waiting) replace(waiting, slot);
      });
    },

    take(isWanted = () => true) {
      for (let slot = next(isWanted); slot !== undefined; slot = next(isWanted)) {
        if (!isTooOld(slot)) return hand(slot);
        dropStale(slot);
      }
      return undefined;
    },

    takeWaiting(model, counts, fits = () => true) {
      const ready = nextOf(model);
      const can = (count: number) =>
        count <= ready.length && fits(ready.slice(0, count).map(({ job }) => job));
      return ready.slice(0, Math.max(0, ...counts.filter(can))).map(hand);
    },

    forget(key) {
      const slot = slots.get(key);
      slots.delete(key);
      if (slot) drop(slot, 'superseded');
    },

    get waiting() {
      return slots.size;
    },

    close() {
      closed = true;
      for (const slot of slots.values()) drop(slot, 'worker_lost');
      slots.clear();
    },
  };
}
