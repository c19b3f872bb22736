/** The delay before each try to reach a server again. */
export interface Backoff {
  /** Delay before try number `attempt` (0 is the first after the loss), `random` in 0..1. Milliseconds. */
  delayMs(attempt: number, random: number): number;
}

/**
 * After a loss: immediately, and then often for some seconds, because a server that restarts is back within a few and
 * people are watching; after that with delays that grow to five seconds. Every delay is spread at random, so that the
 * clients of one server do not reconnect in step.
 */
export const LOST: Backoff = {
  delayMs(attempt, random) {
    if (attempt === 0) return between(100, 250, random);
    if (attempt < 14) return between(250, 450, random);
    const baseMs = Math.min(5000, 500 * 1.6 ** (attempt - 13));
    return Math.min(5000, baseMs * between(0.75, 1.25, random));
  },
};

/** After a server said that it is full: from two seconds to fifteen. */
export const BUSY: Backoff = {
  delayMs(attempt, random) {
    return Math.min(15_000, 2000 * 1.6 ** attempt * between(0.75, 1.25, random));
  },
};

function between(low: number, high: number, random: number): number {
  return low + (high - low) * random;
}
