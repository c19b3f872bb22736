/** A frame that was sent. Times in ms of the client's clock. */
export interface SentFrame<Context = unknown> {
  seq: number;
  /** Which of the session's models it is for: 0 is the primary one, from 1 on the secondary ones. */
  modelIndex: number;
  capturedAtMs: number;
  /** When encoding began. */
  grabbedAtMs: number;
  sentAtMs: number;
  /** Its size, header included. */
  bytes: number;
  /** What the sender gave along with it. */
  context: Context | undefined;
}

/**
 * Counts the frames that wait for their answer. Each frame spends a credit; its answer, `labels` or `dropped`, gives it
 * back.
 */
export class Credits<Context = unknown> {
  readonly #sent = new Map<number, SentFrame<Context>>();
  readonly #total: number;

  /** @param total maximum number of frames in flight, from `welcome.credits` */
  constructor(total: number) {
    this.#total = total;
  }

  get free(): number {
    return this.#total - this.#sent.size;
  }

  get spent(): number {
    return this.#sent.size;
  }

  /** @throws Error if no credit is free: the server would close the socket for it */
  spend(frame: SentFrame<Context>): void {
    if (this.free <= 0) throw new Error(`Frame ${frame.seq} needs a credit; all ${this.#total} are spent.`);
    this.#sent.set(frame.seq, frame);
  }

  /** Gives back the credit of frame `seq`. @returns the frame; undefined if it is not in flight (unknown, or answered twice) */
  settle(seq: number): SentFrame<Context> | undefined {
    const frame = this.#sent.get(seq);
    this.#sent.delete(seq);
    return frame;
  }

  /** When the oldest frame in flight was sent, ms of the client's clock; undefined if there is none. */
  get oldestSentAtMs(): number | undefined {
    // A Map iterates in order of insertion, and frames are inserted in order of sending.
    for (const { sentAtMs } of this.#sent.values()) return sentAtMs;
    return undefined;
  }
}
