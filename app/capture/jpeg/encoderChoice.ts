/** A frame of a device that is fast enough takes less than this to encode here, ms; the browser's own encoder takes a third. */
const MAX_MS = 20;
/** Number of frames that a choice rests on: a single one may have waited for something else. */
const FRAMES = 8;
/** The browser's encoder is kept for this long, then the other one is tried again; each failure doubles it. */
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 600_000;

/**
 * Whether this device is fast enough for the encoder that keeps the colour of each pixel. On a slow phone it would make labels old, and
 * fewer. Times in ms of one clock.
 */
export class EncoderChoice {
  #times: number[] = [];
  #restMs = FIRST_REST_MS;
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  keepsColours(nowMs: number): boolean {
    return nowMs >= this.#restsUntilMs;
  }

  /** A frame was encoded with all its colours. */
  took(ms: number, nowMs: number): void {
    this.#times.push(ms);
    if (this.#times.length < FRAMES) return;
    const median = this.#times.sort((a, b) => a - b)[FRAMES / 2] ?? 0;
    this.#times = [];
    if (median <= MAX_MS) {
      this.#restMs = FIRST_REST_MS;
      return;
    }
    this.#restsUntilMs = nowMs + this.#restMs;
    this.#restMs = Math.min(LONGEST_REST_MS, 2 * this.#restMs);
  }
}
