import { setTimeout as sleep } from 'node:timers/promises';
import { type Members, SILENT_MS } from '../../fleet/member.ts';
import { fleetJson, fleetLines } from './fleetLines.ts';
import { FleetWatch } from './fleetWatch.ts';
import type { Source } from './watchScreen.ts';

/** How a fleet is heard. */
export interface Heard {
  members: Pick<Members, 'all' | 'onChange' | 'onGone' | 'close'>;
  /** Address of the queue, without user names and passwords. */
  queue: string;
  /** Since when there is no connection to it, ms since 1970. */
  lostSinceMs(): number | undefined;
  close(): Promise<void>;
}

/** All gateways and workers of a queue. */
export function fleetSource({ members, queue, lostSinceMs, close }: Heard): Source {
  const listeners = new Set<() => void>();
  const watch = new FleetWatch(members, () => {
    for (const listener of listeners) listener();
  });
  const ended = new AbortController();
  let isNew = true;
  const read = () => ({ ...watch.read(), lostSinceMs: lostSinceMs(), isNew });
  // By then every member that is alive has announced itself.
  const heard = sleep(SILENT_MS, undefined, { signal: ended.signal }).then(
    () => {
      isNew = false;
    },
    () => undefined,
  );
  return {
    lines: (layout) => fleetLines(read(), { ...layout, queue }),
    json: () => fleetJson(read(), queue),
    heard,
    onNews(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      ended.abort();
      watch.close();
      await members.close();
      await close();
    },
  };
}
