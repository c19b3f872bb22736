/** A scene that moved is sent for so long after its last change: smoothed boxes come to rest, new things are confirmed. */
const SETTLE_MS = 1_000;
/** Then one frame in so long says that the labels still hold: at 20 KB each, 60 KB a minute. */
const KEEP_ALIVE_MS = 20_000;

/**
 * Decides which frames of a scene in which nothing moves are sent. Times in ms of the page's clock.
 *
 * The clock of the frames that are sent stands still with the scene: to the server's tracker the next frame follows the
 * last one at once, as nothing happened in between, and things keep their ids over the break.
 */
export class StillScene {
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #lastCaptureMs: number | undefined;
  /** For how long the clock has stood still in all. */
  #stoodMs = 0;

  /** Whether a frame that shows what the last one showed need not be sent. */
  maySkip(nowMs: number): boolean {
    return nowMs - this.#changedAtMs >= SETTLE_MS && nowMs - this.#sentAtMs < KEEP_ALIVE_MS;
  }

  /** Whether nothing has changed since then. */
  isSince(thenMs: number): boolean {
    return this.#changedAtMs < thenMs;
  }

  /** The capture time, for the server, of a frame that is sent beside those that are watched for changes. */
  timeOf(capturedAtMs: number): number {
    return capturedAtMs - this.#stoodMs;
  }

  /** A frame was looked at and not sent. */
  skipped(capturedAtMs: number): void {
    if (this.#lastCaptureMs !== undefined) this.#stoodMs += Math.max(0, capturedAtMs - this.#lastCaptureMs);
    this.#lastCaptureMs = capturedAtMs;
  }

  /**
   * A frame is sent.
   * @returns its capture time for the server
   */
  sends(capturedAtMs: number, changed: boolean, nowMs: number): number {
    if (changed) this.#changedAtMs = nowMs;
    this.#sentAtMs = nowMs;
    this.#lastCaptureMs = capturedAtMs;
    return capturedAtMs - this.#stoodMs;
  }

  /** What the last frame showed is not known to the server: the next ones are sent, changed or not. */
  wake(nowMs: number): void {
    this.#changedAtMs = nowMs;
  }
}
