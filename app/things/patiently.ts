import { ClientError } from '../../client/clientError.ts';
import { sleep } from '../../client/http/sleep.ts';

const MAX_TRIES = 5;
/** Where the server does not say when, ms. */
const RETRY_MS = 800;
/** A person who holds a button waits no longer for one answer, ms: what takes more is told. */
const MAX_WAIT_MS = 5_000;

/**
 * Asks again where the server is only busy for a moment: what was shown is not lost.
 * @param maxTries in all. Default 5
 * @throws what the last one throws
 */
export async function patiently<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  maxTries = MAX_TRIES,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const isBusy = error instanceof ClientError && error.isRetryable && error.status !== undefined;
      if (!isBusy || tries >= maxTries) throw error;
      const { retryAfterMs = RETRY_MS } = error;
      if (retryAfterMs > MAX_WAIT_MS) throw error;
      await sleep(retryAfterMs, [signal]);
    }
  }
}
