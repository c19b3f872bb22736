/** How long a result counts. */
const WINDOW_MS = 2000;

export interface LabelsReading {
  /** Results drawn per second. */
  ratePerS: number;
  /** Median age of the results when they were drawn; undefined if there were none lately. */
  ageMs: number | undefined;
}

/** Measures how often labels come and how old they are when they are drawn. Times in ms of the page's clock. */
export class LabelsMeter {
  #samples: { nowMs: number; ageMs: number }[] = [];
  #startedMs = 0;

  /** Starts anew: the rate of the first seconds is then not diluted by the time before. */
  reset(nowMs: number): void {
    this.#samples = [];
    this.#startedMs = nowMs;
  }

  add(sample: { nowMs: number; ageMs: number }): void {
    this.#samples.push(sample);
    this.#forget(sample.nowMs);
  }

  read(nowMs: number): LabelsReading {
    this.#forget(nowMs);
    const ages = this.#samples.map((sample) => sample.ageMs).sort((a, b) => a - b);
    const spanMs = Math.min(WINDOW_MS, Math.max(500, nowMs - this.#startedMs));
    return { ratePerS: (ages.length * 1000) / spanMs, ageMs: ages[Math.floor(ages.length / 2)] };
  }

  #forget(nowMs: number): void {
    const firstKept = this.#samples.findIndex((sample) => sample.nowMs > nowMs - WINDOW_MS);
    this.#samples.splice(0, firstKept === -1 ? this.#samples.length : firstKept);
  }
}
