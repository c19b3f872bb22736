/** Frames are sent for this long after the last change: smoothed boxes come to rest, new things are confirmed. */
const SETTLE_MS = 1_000;
/** And for this long after what is gone stops to be held: one of them at the least takes it down, also where frames are few. */
const AFTER_HOLD_MS = 600;
/** Parts of the scene are shown from this long after the last change: one that moves now and then is seen as a whole. */
const PARTS_AFTER_MS = 90;
/** And until then: the whole confirms what the last one shows before the scene has settled. */
const PARTS_UNTIL_MS = 850;
/** This number of parts of a scene is shown even after that: a slow backend gets to few in the time. */
const LEAST_PARTS = 8;
/** Interval of the frames that show a still scene is unchanged: at 20 KB each, 60 KB a minute. */
const KEEP_ALIVE_MS = 20_000;

/**
 * Decides which frames of a still scene are sent. Times in ms of the page's clock.
 *
 * The capture times that go to the tracker stop while the scene is still: for the tracker the next frame follows the
 * last one at once, as nothing happened in between, and things keep their ids over the break.
 */
export class StillScene {
  #settleMs = SETTLE_MS;
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #lastCaptureMs: number | undefined;
  /** Total time for which the tracker's clock was stopped. */
  #stoppedMs = 0;

  /** Other models. @param holdMs for which their trackers show what is gone, the longest of them */
  reset(holdMs: number): void {
    this.#settleMs = Math.max(SETTLE_MS, holdMs + AFTER_HOLD_MS);
  }

  /** Whether a frame that shows what the last one showed need not be sent. */
  maySkip(nowMs: number): boolean {
    return this.isSettled(nowMs) && nowMs - this.#sentAtMs < KEEP_ALIVE_MS;
  }

  /** Whether nothing has changed for so long that nothing new is expected of its labels. */
  isSettled(nowMs: number): boolean {
    return nowMs - this.#changedAtMs >= this.#settleMs;
  }

  /** Whether frames would only repeat the whole, so that they may show parts of it. @param shownParts number of those shown before */
  mayShowParts(nowMs: number, shownParts: number): boolean {
    const stillMs = nowMs - this.#changedAtMs;
    return stillMs >= PARTS_AFTER_MS && (stillMs <= PARTS_UNTIL_MS || shownParts < LEAST_PARTS);
  }

  isUnchangedSince(thenMs: number): boolean {
    return this.#changedAtMs < thenMs;
  }

  /** The tracker's time of a frame that is not compared for changes. */
  sceneTimeOf(capturedAtMs: number): number {
    return capturedAtMs - this.#stoppedMs;
  }

  /** A frame was compared with the last one, and not sent. */
  skipped(capturedAtMs: number): void {
    if (this.#lastCaptureMs !== undefined) this.#stoppedMs += Math.max(0, capturedAtMs - this.#lastCaptureMs);
    this.#lastCaptureMs = capturedAtMs;
  }

  /**
   * A frame is sent.
   * @returns its capture time for the tracker
   */
  sent(capturedAtMs: number, changed: boolean, nowMs: number): number {
    if (changed) this.#changedAtMs = nowMs;
    this.#sentAtMs = nowMs;
    this.#lastCaptureMs = capturedAtMs;
    return this.sceneTimeOf(capturedAtMs);
  }

  /** The backend does not know what the last frame showed: the next ones are sent, changed or not. */
  wake(nowMs: number): void {
    this.#changedAtMs = nowMs;
  }
}
