import type { Label } from '../../protocol/messages.ts';

/** At most one announcement in so long. */
const PAUSE_MS = 3000;
/** A change must last so long before it is said. */
const SETTLE_MS = 600;

/** Says what is seen, for a screen reader: changes only, at a polite rate. Times in ms. */
export class Announcer {
  #said = '';
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #pending = '';
  #pendingSinceMs = 0;

  /** Takes in what is seen now. Returns what to say, or undefined. */
  see(labels: readonly Pick<Label, 'label'>[], nowMs: number): string | undefined {
    const text = describe(labels);
    if (text !== this.#pending) {
      this.#pending = text;
      this.#pendingSinceMs = nowMs;
    }
    // "Nothing" is news only after something.
    if (text === this.#said || (text === '' && this.#said === '')) return undefined;
    if (nowMs - this.#saidAtMs < PAUSE_MS || nowMs - this.#pendingSinceMs < SETTLE_MS) return undefined;
    this.#said = text;
    this.#saidAtMs = nowMs;
    return text === '' ? 'Nothing in view' : text;
  }
}

/** "2 people, cat, cup": the most numerous first, then by name, so that the order does not flicker. */
export function describe(labels: readonly Pick<Label, 'label'>[]): string {
  const counts = new Map<string, number>();
  for (const { label } of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort(([a, countA], [b, countB]) => countB - countA || a.localeCompare(b, 'en'))
    .map(([name, count]) => (count === 1 ? name : `${count} ${plural(name)}`))
    .join(', ');
}

const IRREGULAR = new Map([
  ['person', 'people'],
  ['mouse', 'mice'],
  ['knife', 'knives'],
  ['sheep', 'sheep'],
  ['skis', 'skis'],
  ['scissors', 'scissors'],
  ['broccoli', 'broccoli'],
]);

function plural(name: string): string {
  const irregular = IRREGULAR.get(name);
  if (irregular !== undefined) return irregular;
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}
