/** Something that a person locked on to, or a moment that was frozen. Kept in this browser only. */
export interface HistoryEntry {
  readonly kind: 'thing' | 'moment';
  /** The model's own name of the thing; empty for a moment. */
  readonly label: string;
  /** What was read; undefined where nothing was. */
  readonly text?: string | undefined;
  /** ms since 1970. */
  readonly atMs: number;
  /** A small picture. */
  readonly thumbnail: Blob;
}

export interface StoredEntry extends HistoryEntry {
  readonly id: number;
}

export const MAX_ENTRIES = 200;
export const MAX_AGE_DAYS = 30;

const DAY_MS = 86_400_000;

/**
 * The ids of those that are too many or too old.
 * @param entries the newest first
 */
export function surplus(entries: readonly Pick<StoredEntry, 'id' | 'atMs'>[], nowMs: number): number[] {
  const oldestMs = nowMs - MAX_AGE_DAYS * DAY_MS;
  return entries.filter(({ atMs }, index) => index >= MAX_ENTRIES || atMs < oldestMs).map(({ id }) => id);
}
