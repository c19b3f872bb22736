/**
 * Share of the primary model's labels that secondary models may cost it while the scene changes, as it is measured. It is
 * lower than it should be, since what is measured is too low (half of what was missing, in one run on two busy cores): labels of
 * frames from before the secondary model began still come, and those that it delayed come when it is done.
 */
const MAX_LOSS = 0.03;
/** It gets one part in this many of the time at least: then no more than that can be missing. */
const LEAST_SHARE = 16;
/** What is assumed while too little was measured: as on a machine where the models have one core to spare. */
const USUAL_LOSS = 0.25;
/** Weight of what was measured before, at each further frame of a secondary model. */
const KEPT = 0.8;
/** Number of labels without a secondary model at work from which on what was measured counts. */
const ENOUGH_LABELS = 20;
/** Time with one at work from which on it counts, ms. */
const ENOUGH_MS = 400;

interface Rate {
  readonly labels: number;
  readonly ms: number;
}

const NOTHING: Rate = { labels: 0, ms: 0 };

/**
 * Measures how many labels the primary model loses while a secondary one is at work, and says how often that one may run: a
 * server with cores to spare loses none, a device that runs one model at a time all of them. Times in ms of one clock.
 */
export class SecondaryCost {
  /** With a secondary model at work, and without. */
  #busy = NOTHING;
  #alone = NOTHING;
  #since: { readonly atMs: number; readonly isBusy: boolean } | undefined;
  #labels = 0;

  reset(): void {
    this.#busy = NOTHING;
    this.#alone = NOTHING;
    this.interrupt();
  }

  /** What was measured since the last change says nothing: the scene stood still, or frames were let go. */
  interrupt(): void {
    this.#since = undefined;
  }

  /** A secondary model begins, or ends. */
  changed(isBusy: boolean, nowMs: number): void {
    const since = this.#since;
    if (since) {
      const ms = nowMs - since.atMs;
      if (since.isBusy) this.#busy = added(this.#busy, { labels: this.#labels, ms });
      else this.#alone = added(this.#alone, { labels: this.#labels, ms });
    }
    this.#since = { atMs: nowMs, isBusy };
    this.#labels = 0;
  }

  /** Labels of the primary model came. */
  labelled(): void {
    this.#labels += 1;
  }

  /** Share of labels that are missing while a secondary model is at work, 0..1. */
  get loss(): number {
    const { labels, ms } = this.#alone;
    if (labels < ENOUGH_LABELS || this.#busy.ms < ENOUGH_MS) return USUAL_LOSS;
    return Math.max(0, 1 - (this.#busy.labels / this.#busy.ms) * (ms / labels));
  }

  /**
   * The least time from one frame of a secondary model to the next.
   * @param workMs what one takes
   */
  intervalMs(workMs: number): number {
    return workMs * Math.min(LEAST_SHARE, this.loss / MAX_LOSS);
  }
}

const added = (before: Rate, { labels, ms }: Rate): Rate => ({
  labels: KEPT * before.labels + labels,
  ms: KEPT * before.ms + ms,
});
