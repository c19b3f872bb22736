import { longerWait } from '../serving/retryWait.ts';

/** An attempt with a version that failed, and the time until the next one. */
export interface Failure {
  version: string;
  readonly triedAtMs: number;
  readonly waitMs: number;
}

/** Time after which what failed is tried again for the first time, ms. */
export const RETRY_MS = 10_000;

export const nextAtMs = ({ triedAtMs, waitMs }: Failure): number => triedAtMs + waitMs;

/** @param before what failed last of the same model */
export function failureOf(version: string, before: Failure | undefined): Failure {
  const waitMs = before?.version === version ? longerWait(before.waitMs) : RETRY_MS;
  return { version, triedAtMs: performance.now(), waitMs };
}
