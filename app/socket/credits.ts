/**
 * The frames that this session may have at the server at one time. Each frame sent spends a credit; its answer,
 * labels or dropped, gives it back.
 */
export class Credits {
  readonly #sentAtMs = new Map<number, number>();
  readonly #total: number;

  /** @param total how many frames may be unanswered, from `welcome.credits` */
  constructor(total: number) {
    this.#total = total;
  }

  get free(): number {
    return this.#total - this.#sentAtMs.size;
  }

  /** @throws Error if no credit is free: the server would close the socket for it */
  spend(seq: number, nowMs: number): void {
    if (this.free <= 0) throw new Error(`Frame ${seq} needs a credit; all ${this.#total} are spent.`);
    this.#sentAtMs.set(seq, nowMs);
  }

  /** Gives back the credit of frame `seq`. Returns false for a frame that is not out (answered twice, unknown). */
  settle(seq: number): boolean {
    return this.#sentAtMs.delete(seq);
  }

  /** When the frame was sent that has waited longest, in ms of the page's clock; undefined if none is out. */
  get oldestSentAtMs(): number | undefined {
    // A Map iterates in order of insertion, and frames are inserted in order of sending.
    for (const sentAtMs of this.#sentAtMs.values()) return sentAtMs;
    return undefined;
  }
}
