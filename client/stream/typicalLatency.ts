import { quantile } from '../../protocol/quantile.ts';

/** Fewer latencies do not say what is typical. */
const NEEDED = 4;
/** More than twice the number of frames in flight: those that a link held up while it stalled are a minority. */
const KEPT = 12;

/** Keeps the typical latency of this link and server: the time from sending a frame to its labels, ms. */
export class TypicalLatency {
  #latenciesMs: number[] = [];

  add(latencyMs: number): void {
    this.#latenciesMs = [...this.#latenciesMs.slice(1 - KEPT), latencyMs];
  }

  /** Median of the last frames, the lower of two; undefined while there are few. */
  get ms(): number | undefined {
    return this.#latenciesMs.length < NEEDED ? undefined : quantile(this.#latenciesMs, 0.5);
  }

  /** For another link, or another server. */
  reset(): void {
    this.#latenciesMs = [];
  }
}
