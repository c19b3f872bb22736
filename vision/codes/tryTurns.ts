import type { Try } from './tries.ts';

/** A try counts as much of what it took before as this. */
const MEMORY = 0.7;

/**
 * Tries that take turns on the frames of a video within a share of its time: each frame brings `msPerFrame`, and the next
 * try runs when that has added up to what it took before.
 */
export class TryTurns {
  readonly #tries: readonly Try[];
  readonly #msPerFrame: number;
  readonly #maxCreditMs: number;
  readonly #tookMs = new Map<Try, number>();
  #next = 0;
  #creditMs = 0;

  /** @param maxCreditMs what adds up at most; a try that takes longer runs when all of it is there */
  constructor(
    tries: readonly Try[],
    { msPerFrame, maxCreditMs }: { msPerFrame: number; maxCreditMs: number },
  ) {
    this.#tries = tries;
    this.#msPerFrame = msPerFrame;
    this.#maxCreditMs = maxCreditMs;
  }

  /** @param share 1 of a frame at the usual rate; more where frames are fewer */
  beginFrame(share: number): void {
    this.#creditMs = Math.min(this.#maxCreditMs, this.#creditMs + share * this.#msPerFrame);
  }

  /** The next try, if there is time for it. */
  take(): Try | undefined {
    const next = this.#tries[this.#next];
    if (next === undefined) return undefined;
    const neededMs = Math.min(this.#maxCreditMs, this.#tookMs.get(next) ?? 0);
    if (this.#creditMs <= 0 || this.#creditMs < neededMs) return undefined;
    this.#next = (this.#next + 1) % this.#tries.length;
    return next;
  }

  took(one: Try, ms: number): void {
    const before = this.#tookMs.get(one);
    this.#tookMs.set(one, before === undefined ? ms : before * MEMORY + ms * (1 - MEMORY));
    this.spend(ms);
  }

  /** Time that something else took out of this share. */
  spend(ms: number): void {
    this.#creditMs -= ms;
  }
}
