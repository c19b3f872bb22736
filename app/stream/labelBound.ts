/** So many answers in a row must be slow before older labels are shown: those held up by a link that stands still are fewer. */
const NEEDED = 4;
const KEPT = 16;

/**
 * The one bound of what is shown: how old labels may be on the screen, ms from the capture of their frame. Older ones are
 * not drawn, and those that stand are gone by then.
 *
 * It is `maxAgeMs` of the server's `welcome`. Where even a quick answer takes more than half of that (a satellite, a
 * model that is slow), nothing would be shown: there it is as many times `maxAgeMs` as hold twice a quick answer, and the
 * panel behind the readout says so.
 *
 * @param quickAnswerMs from sending a frame to its labels when all goes well; undefined: not known yet
 */
export function labelBoundMs(maxAgeMs: number, quickAnswerMs: number | undefined): number {
  if (quickAnswerMs === undefined) return maxAgeMs;
  return maxAgeMs * Math.max(1, Math.ceil((2 * quickAnswerMs) / maxAgeMs));
}

/** Keeps how long a quick answer takes on this link, by this server. */
export class QuickAnswer {
  #answersMs: number[] = [];

  add(answerMs: number): void {
    this.#answersMs = [...this.#answersMs.slice(1 - KEPT), answerMs];
  }

  /** The quickest of the last answers; undefined while there are few. */
  get ms(): number | undefined {
    return this.#answersMs.length < NEEDED ? undefined : Math.min(...this.#answersMs);
  }

  /** Another way, or another server. */
  reset(): void {
    this.#answersMs = [];
  }
}
