import { quantile } from '../quantile.ts';

/** Fewer answers than this say nothing of what is usual. */
const NEEDED = 4;
/** More than twice as many as frames can be in flight: those that a link held up while it stood still are a minority. */
const KEPT = 12;

/**
 * The one bound of what is shown: how old labels may be on the screen, ms from the capture of their frame. Older ones are
 * not drawn, and those that stand are gone by then.
 *
 * It is `maxAgeMs` of the server's `welcome`. Where the usual answer takes more than half of that (a satellite, a slow
 * model), nothing would be shown, or only flicker: there it is as many times `maxAgeMs` as hold twice the usual answer,
 * and the panel behind the readout says so.
 *
 * @param usualAnswerMs from sending a frame to its labels; undefined: not known yet
 */
export function labelBoundMs(maxAgeMs: number, usualAnswerMs: number | undefined): number {
  if (usualAnswerMs === undefined) return maxAgeMs;
  return maxAgeMs * Math.max(1, Math.ceil((2 * usualAnswerMs) / maxAgeMs));
}

/** Keeps how long an answer usually takes on this link, by this server. */
export class UsualAnswer {
  #answersMs: number[] = [];

  add(answerMs: number): void {
    this.#answersMs = [...this.#answersMs.slice(1 - KEPT), answerMs];
  }

  /** Median of the last answers, the lower of two; undefined while there are few. */
  get ms(): number | undefined {
    return this.#answersMs.length < NEEDED ? undefined : quantile(this.#answersMs, 0.5);
  }

  /** Another way, or another server. */
  reset(): void {
    this.#answersMs = [];
  }
}
