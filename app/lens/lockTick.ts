import type { Label } from '../../protocol/messages.ts';

/** Number of answers in a row that must hold a thing before it counts as locked: not each flicker. */
const STEADY_ANSWERS = 3;
/** A room full of people is no drum. */
const MIN_PAUSE_MS = 1_500;

/** When a phone ticks: as a new thing is locked, and not again for as long as it stays. */
export class LockTick {
  readonly #seen = new Map<number, number>();
  #lastMs = Number.NEGATIVE_INFINITY;

  /**
   * @param labels of one answer, those that are shown
   * @returns whether something has just been locked, and the last time is long enough ago
   */
  update(labels: readonly Pick<Label, 'id'>[], nowMs: number): boolean {
    const ids = new Set(labels.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    let isLocked = false;
    for (const id of ids) {
      const count = (this.#seen.get(id) ?? 0) + 1;
      this.#seen.set(id, count);
      isLocked ||= count === STEADY_ANSWERS;
    }
    if (!isLocked || nowMs - this.#lastMs < MIN_PAUSE_MS) return false;
    this.#lastMs = nowMs;
    return true;
  }
}
