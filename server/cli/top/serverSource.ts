import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../protocol/errors.ts';
import { type ServerStatus, STATUS_INTERVAL_MS } from '../../../protocol/status.ts';
import { type ServerNow, serverLines } from './serverLines.ts';
import type { Source } from './watchScreen.ts';

/** What is asked of a server. */
export interface StatusClient {
  readonly url: string;
  /** @param after number of the last sample of the history that is not wanted */
  status(after?: number): Promise<ServerStatus>;
}

/** Samples of the history that are read. */
const SAMPLES = 10;

/**
 * One server, asked each second.
 * @throws ClientError where it does not answer, or refuses to
 */
export async function serverSource(client: StatusClient): Promise<Source> {
  const listeners = new Set<() => void>();
  const now: ServerNow = { url: client.url, status: await client.status(), problem: undefined };
  const ended = new AbortController();
  const poll = async () => {
    for (;;) {
      await sleep(STATUS_INTERVAL_MS, undefined, { signal: ended.signal });
      const { first = 0, labelled = [] } = now.status?.history ?? {};
      try {
        now.status = await client.status(Math.max(0, first + labelled.length - SAMPLES));
        now.problem = undefined;
      } catch (error) {
        now.problem = messageOf(error);
      }
      for (const listener of listeners) listener();
    }
  };
  const polling = poll().catch(() => undefined);
  return {
    lines: (layout) => serverLines(now, layout),
    json: () => now.status,
    heard: Promise.resolve(),
    onNews(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      ended.abort();
      await polling;
    },
  };
}
