/** Time until what failed is tried again, for a reason that may pass, ms. */
export const FIRST_RETRY_MS = 60_000;
const MAX_RETRY_MS = 3_600_000;

/** The time after the next failure: twice as long, up to an hour. */
export const longerWait = (waitMs: number): number => Math.min(2 * waitMs, MAX_RETRY_MS);
