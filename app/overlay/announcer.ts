import type { Label } from '../../protocol/messages.ts';
import type { Words } from '../ui/words/en.ts';

/** Minimum time between two announcements. */
const PAUSE_MS = 3000;
/** A change must last this long before it is announced. */
const SETTLE_MS = 600;

type SpokenWords = Pick<Words['seen'], 'nothingInView' | 'separator' | 'count'>;

/** Announces the labels in view to a screen reader: changes only, at a polite rate. Times in ms. */
export class Announcer {
  #announced = '';
  #announcedAtMs = Number.NEGATIVE_INFINITY;
  #pending = '';
  #pendingSinceMs = 0;

  /** Takes the labels in view. Returns what to announce, or undefined. */
  update(labels: readonly Pick<Label, 'label'>[], nowMs: number, seen: SpokenWords): string | undefined {
    const text = describe(labels, seen);
    if (text !== this.#pending) {
      this.#pending = text;
      this.#pendingSinceMs = nowMs;
    }
    // "Nothing" is news only after something.
    if (text === this.#announced || (text === '' && this.#announced === '')) return undefined;
    if (nowMs - this.#announcedAtMs < PAUSE_MS || nowMs - this.#pendingSinceMs < SETTLE_MS) return undefined;
    this.#announced = text;
    this.#announcedAtMs = nowMs;
    return text === '' ? seen.nothingInView : text;
  }
}

/** "2 people, cat, cup": the most numerous first, then by name, so that the order does not flicker. */
export function describe(labels: readonly Pick<Label, 'label'>[], seen: SpokenWords): string {
  const counts = new Map<string, number>();
  for (const { label } of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort(([a, countA], [b, countB]) => countB - countA || a.localeCompare(b, 'en'))
    .map(([name, count]) => seen.count(name, count))
    .join(seen.separator);
}
