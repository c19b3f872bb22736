import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerPool } from '../pool.ts';

/** When work begins that frames go before. */
export interface QuietOptions {
  /** Time without a frame after which it begins, ms. Default 2,000 */
  quietMs?: number;
  /** Time after which it begins anyway, ms. Default 300,000 */
  patienceMs?: number;
}

const POLL_MS = 250;

/**
 * Frames come first; a server that never rests would never learn what it could gain.
 * @throws the signal's reason
 */
export async function untilQuiet(
  pool: Pick<WorkerPool, 'quietMs'>,
  { quietMs = 2_000, patienceMs = 300_000 }: QuietOptions,
  signal: AbortSignal,
): Promise<void> {
  const endsAtMs = performance.now() + patienceMs;
  do await sleep(POLL_MS, undefined, { signal, ref: false });
  while (pool.quietMs < quietMs && performance.now() < endsAtMs);
}
