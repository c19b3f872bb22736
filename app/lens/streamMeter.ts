import { AGE_PARTS, type AgePart, type AgeSplit } from '../../client/stream/frameAge.ts';
import { quantile } from '../../protocol/quantile.ts';

/** How long a result counts for the rate. */
const RATE_WINDOW_MS = 2000;
/** How long it counts for the percentiles. */
const WINDOW_MS = 10_000;

/** A scene is still while an unchanged frame is no older than this. */
const STILL_WINDOW_MS = 600;

/** Labels that were drawn for the first time. */
export interface DrawnSample {
  nowMs: number;
  ageMs: number;
  /** Undefined where the recognizer does not say. */
  split: AgeSplit | undefined;
}

export interface StreamReading {
  /** Results drawn per second. */
  ratePerS: number;
  /** Median age of the results of the last two seconds when they were drawn; undefined if there were none. */
  ageMs: number | undefined;
  /** Nothing moves before the camera: the labels hold, and hardly anything is sent. The rate says nothing then. */
  isStill: boolean;
}

export interface Percentiles {
  p50: number;
  p95: number;
}

/** The last ten seconds in detail. */
export interface StreamDetail {
  age: Percentiles;
  /** The parts of a typical age: their medians, scaled so that they add up to the median age. */
  shares: Readonly<Record<AgePart, number>>;
  parts: Readonly<Record<AgePart, Percentiles>>;
}

/** Measures how often labels come and how old they are when they are drawn. Times in ms of the page's clock. */
export class StreamMeter {
  #samples: DrawnSample[] = [];
  #startedMs = 0;
  #stillAtMs = Number.NEGATIVE_INFINITY;

  /** Starts again: the rate of the first seconds is then not diluted by the time before. */
  reset(nowMs: number): void {
    this.#samples = [];
    this.#startedMs = nowMs;
    this.#stillAtMs = Number.NEGATIVE_INFINITY;
  }

  add(sample: DrawnSample): void {
    this.#samples.push(sample);
    this.#forget(sample.nowMs);
  }

  /** A frame showed nothing new. */
  still(nowMs: number): void {
    this.#stillAtMs = nowMs;
  }

  read(nowMs: number): StreamReading {
    const recent = this.#samples.filter((sample) => sample.nowMs > nowMs - RATE_WINDOW_MS);
    const spanMs = Math.min(RATE_WINDOW_MS, Math.max(500, nowMs - this.#startedMs));
    return {
      ratePerS: (recent.length * 1000) / spanMs,
      ageMs: quantile(
        recent.map((sample) => sample.ageMs),
        0.5,
      ),
      isStill: nowMs - this.#stillAtMs < STILL_WINDOW_MS,
    };
  }

  /** Undefined when nothing came lately; the parts are 0 where the recognizer does not say. */
  detail(nowMs: number): StreamDetail | undefined {
    this.#forget(nowMs);
    if (this.#samples.length === 0) return undefined;
    const splits = this.#samples.flatMap(({ split }) => split ?? []);
    const age = percentiles(this.#samples.map((sample) => sample.ageMs));
    const parts = perPart((part) => percentiles(splits.map((split) => split[part])));
    const sumMs = AGE_PARTS.reduce((sum, part) => sum + parts[part].p50, 0);
    const shares = perPart((part) => (sumMs === 0 ? 0 : (parts[part].p50 * age.p50) / sumMs));
    return { age, parts, shares };
  }

  #forget(nowMs: number): void {
    const firstKept = this.#samples.findIndex((sample) => sample.nowMs > nowMs - WINDOW_MS);
    this.#samples.splice(0, firstKept === -1 ? this.#samples.length : firstKept);
  }
}

function perPart<T>(of: (part: AgePart) => T): Record<AgePart, T> {
  return Object.fromEntries(AGE_PARTS.map((part) => [part, of(part)])) as Record<AgePart, T>;
}

function percentiles(values: readonly number[]): Percentiles {
  const at = (share: number) => quantile(values, share) ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}
