/** An attempt with a version that failed, and the time until the next one. */
export interface Failure {
  version: string;
  readonly triedAtMs: number;
  readonly waitMs: number;
}

/** Time after which what failed is tried again, ms; twice as long after each time, up to an hour. */
export const RETRY_MS = 10_000;
const MAX_RETRY_MS = 3_600_000;

export const nextAtMs = ({ triedAtMs, waitMs }: Failure): number => triedAtMs + waitMs;

/** @param before what failed last of the same model */
export function failureOf(version: string, before: Failure | undefined): Failure {
  const waitMs = before?.version === version ? Math.min(2 * before.waitMs, MAX_RETRY_MS) : RETRY_MS;
  return { version, triedAtMs: performance.now(), waitMs };
}
