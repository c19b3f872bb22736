import type { HttpClient } from '../../client/http/httpClient.ts';
import { sleep } from '../../client/http/sleep.ts';
import { ClockOffset } from '../../client/stream/clockOffset.ts';

const TRIPS = 10;
/** Clocks drift; and a quicker trip may come later. */
const REPEAT_MS = 15_000;

export type ServerClock =
  | { readonly kind: 'reading' }
  | {
      readonly kind: 'known';
      /** Server's clock minus this page's, ms. */
      readonly offsetMs: number;
      /** Maximum error of it, ms. */
      readonly errorMs: number;
    }
  | { readonly kind: 'failed' };

/**
 * Reads the server's clock over HTTP until `signal` is aborted: some trips at once, and again from time to time.
 * @param onClock called with each better reading
 */
export async function watchServerClock(
  http: HttpClient,
  onClock: (clock: ServerClock) => void,
  signal: AbortSignal,
): Promise<void> {
  const offset = new ClockOffset();
  let isKnown = false;
  while (!signal.aborted) {
    try {
      for (let trip = 0; trip < TRIPS; trip++) {
        const sentAtMs = performance.now();
        const { nowMs } = await http.time({ signal });
        offset.add({ sentAtMs, arrivedAtMs: performance.now(), receivedAtMs: nowMs, serverMs: 0 });
      }
      const { offsetMs, errorMs } = offset;
      if (offsetMs !== undefined && errorMs !== undefined) {
        isKnown = true;
        onClock({ kind: 'known', offsetMs, errorMs });
      }
    } catch {
      if (signal.aborted) return;
      // What answers next may be another server, with another clock.
      offset.reset();
      // A clock that is known goes on: one lost trip is no reason to stop.
      if (!isKnown) onClock({ kind: 'failed' });
    }
    await sleep(REPEAT_MS, [signal]).catch(() => {});
  }
}
