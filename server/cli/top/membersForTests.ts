import type { Gateway, Member, Members, Worker } from '../../fleet/member.ts';

/** A worker that serves one model. */
export const memberOf = (host: string): Worker => ({
  role: 'worker',
  id: `id-${host}`,
  host,
  pid: 7,
  product: '0.3.0',
  startedAtMs: 0,
  labelsPerSecond: 1,
  memoryBytes: 1,
  isLeaving: false,
  group: 'default',
  slots: 1,
  serving: [{ id: 'coco-ssd', version: 'abc' }],
  staged: [],
  refused: [],
});

/** A gateway with five sessions. */
export const gatewayOf = (host: string): Gateway => ({
  role: 'gateway',
  id: `id-${host}`,
  host,
  pid: 8,
  product: '0.3.0',
  startedAtMs: 0,
  labelsPerSecond: 3,
  memoryBytes: 1,
  isLeaving: false,
  sessions: 5,
  waiting: 0,
  ageMs: { p50: 60, p95: 100 },
});

/** Members that a test sets. */
export function membersForTests(first: readonly Member[] = []) {
  let all = first;
  const changed = new Set<() => void>();
  const gone = new Set<(id: string) => void>();
  return {
    get all() {
      return all;
    },
    onChange(listener: () => void) {
      changed.add(listener);
      return () => changed.delete(listener);
    },
    onGone(listener: (id: string) => void) {
      gone.add(listener);
      return () => gone.delete(listener);
    },
    close: async () => undefined,
    /** @param goneId of one that has left */
    set(next: readonly Member[], goneId?: string) {
      all = next;
      if (goneId !== undefined) for (const listener of gone) listener(goneId);
      for (const listener of changed) listener();
    },
    listeners: () => changed.size + gone.size,
  } satisfies Pick<Members, 'all' | 'onChange' | 'onGone' | 'close'> & Record<string, unknown>;
}
