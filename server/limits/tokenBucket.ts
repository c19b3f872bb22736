/** Limits a rate: what comes is taken while there is something in the bucket, which fills by `perSecond`, up to a second's worth. */
export interface TokenBuckets {
  /** How long until something is taken of this key, ms; 0: now. */
  waitMs(key: string, nowMs: number): number;
  /** Takes an amount. It may be more than there is: the next one waits until that is made up. */
  take(key: string, amount: number, nowMs: number): void;
}

/** More keys than this are no one's: full buckets are forgotten, as new ones are full. */
const MAX_KEYS = 10_000;

export function createTokenBuckets(perSecond: number): TokenBuckets {
  const capacity = Math.max(1, perSecond);
  const buckets = new Map<string, { level: number; atMs: number }>();

  const levelOf = (key: string, nowMs: number): number => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return capacity;
    return Math.min(capacity, bucket.level + ((nowMs - bucket.atMs) / 1_000) * perSecond);
  };

  function forgetFull(nowMs: number): void {
    for (const key of [...buckets.keys()]) {
      if (levelOf(key, nowMs) >= capacity) buckets.delete(key);
    }
    // Whoever makes up so many names at once begins again, as all others do.
    if (buckets.size >= MAX_KEYS) buckets.clear();
  }

  return {
    waitMs(key, nowMs) {
      const level = levelOf(key, nowMs);
      // One picture at least is there, however slowly the bucket fills: half of one would never be sent.
      return level >= Math.min(1, capacity) ? 0 : Math.ceil(((1 - level) / perSecond) * 1_000);
    },
    take(key, amount, nowMs) {
      if (buckets.size >= MAX_KEYS && !buckets.has(key)) forgetFull(nowMs);
      buckets.set(key, { level: levelOf(key, nowMs) - amount, atMs: nowMs });
    },
  };
}
