import type { FrameJob } from './frameQueue.ts';

/**
 * Whose turn it is, so that keys share the time of workers, not the number of frames: a frame of text takes 20 times as long as
 * one of objects. Start-time fair queueing (Goyal, Vin, Cheng 1997): a turn is a number of ms that a key would have been served
 * for by then. A frame that costs much is not put off before it has run, but its key's next one is, by what it cost. A key that asks for
 * nothing saves up nothing.
 */
export interface TimeTurns {
  /** The turn of a frame that comes now. The smallest is served first. */
  turnOf(key: string): number;
  /** A worker took a frame whose turn it was. */
  taken(job: Pick<FrameJob, 'key' | 'model'>, turn: number): void;
  /** A frame of the model took this time at a worker. */
  answered(model: string, tookMs: number): void;
}

/** Weight of the newest time in a model's usual one. */
const NEWEST = 0.1;
/** Above this number of keys, those whose turn has come are forgotten. */
const MAX_KEYS = 1_000;

export function createTimeTurns(): TimeTurns {
  /** The turn that was served last. */
  let servedTurn = 0;
  /** The next turn of each key that was served. */
  const nextTurns = new Map<string, number>();
  /** What a frame of each model takes, ms: a single one tells more of the machine's moment than of its key. */
  const usualMs = new Map<string, number>();

  const cheapestMs = () => (usualMs.size === 0 ? 0 : Math.min(...usualMs.values()));

  function forgetPassed(): void {
    for (const [key, turn] of nextTurns) if (turn <= servedTurn) nextTurns.delete(key);
  }

  return {
    turnOf(key) {
      const next = nextTurns.get(key);
      if (next !== undefined) return Math.max(servedTurn, next);
      // As if it had just had the cheapest frame: else keys that come once, one after another, would go before all that come again.
      return servedTurn + cheapestMs();
    },
    taken({ key, model }, turn) {
      servedTurn = turn;
      nextTurns.set(key, turn + (usualMs.get(model) ?? 0));
      if (nextTurns.size > MAX_KEYS) forgetPassed();
    },
    answered(model, tookMs) {
      const usual = usualMs.get(model) ?? tookMs;
      usualMs.set(model, usual + NEWEST * (tookMs - usual));
    },
  };
}
