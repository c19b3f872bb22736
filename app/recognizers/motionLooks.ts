/** At most this often, ms, a frame shows the part that moves in place of the whole: the tracker holds what only parts show for 400. */
const INTERVAL_MS = 250;
/** And only if the whole before it is no older, ms: at a slower backend it would come and go. */
const MAX_WHOLE_AGE_MS = 400;
/** The next frame waits this long, ms, for the labels of the whole, where they usually come sooner. */
const MAX_WAIT_MS = 120;

/** Decides when a frame of a scene in which little moves shows the part that moves. Times in ms of the page's clock. */
export class MotionLooks {
  #followedAtMs = Number.NEGATIVE_INFINITY;
  #wholeAtMs = Number.NEGATIVE_INFINITY;
  /** Whether little moved in the last whole. */
  #moves = false;
  /** From the last frame with labels to these. */
  #answerMs = Number.POSITIVE_INFINITY;

  /** A whole is sent. @param moves whether a small part of it moves */
  sentWhole(nowMs: number, moves: boolean): void {
    this.#wholeAtMs = nowMs;
    this.#moves = moves;
  }

  /** A part that moves is sent. */
  followed(nowMs: number): void {
    this.#followedAtMs = nowMs;
  }

  answered(sentAtMs: number, nowMs: number): void {
    this.#answerMs = nowMs - sentAtMs;
  }

  /** Whether the next frame may show the part that moves, if the whole before it has its labels. */
  isDue(nowMs: number): boolean {
    return nowMs - this.#followedAtMs >= INTERVAL_MS && nowMs - this.#wholeAtMs <= MAX_WHOLE_AGE_MS;
  }

  /** Whether it is worth to wait for these: with another frame on its way there would never be all. */
  isWorthWaiting(nowMs: number): boolean {
    const isSoon = this.#answerMs <= MAX_WAIT_MS && nowMs - this.#wholeAtMs < MAX_WAIT_MS;
    return this.#moves && isSoon && this.isDue(nowMs);
  }
}
