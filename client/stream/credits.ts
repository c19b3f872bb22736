/** A frame on its way. Times in ms of the page's clock. */
export interface SentFrame {
  seq: number;
  /** Which of the session's models it is for. */
  look: number;
  capturedAtMs: number;
  /** When the encoder got the picture. */
  grabbedAtMs: number;
  sentAtMs: number;
  /** With its header. */
  bytes: number;
}

/**
 * The frames that this session may have at the server at one time. Each frame sent spends a credit; its answer,
 * labels or dropped, gives it back.
 */
export class Credits {
  readonly #sent = new Map<number, SentFrame>();
  readonly #total: number;

  /** @param total how many frames may be unanswered, from `welcome.credits` */
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
  spend(frame: SentFrame): void {
    if (this.free <= 0) throw new Error(`Frame ${frame.seq} needs a credit; all ${this.#total} are spent.`);
    this.#sent.set(frame.seq, frame);
  }

  /** Gives back the credit of frame `seq`, and the frame. Undefined for one that is not out (answered twice, unknown). */
  settle(seq: number): SentFrame | undefined {
    const frame = this.#sent.get(seq);
    this.#sent.delete(seq);
    return frame;
  }

  /** When the frame was sent that has waited longest, in ms of the page's clock; undefined if none is out. */
  get oldestSentAtMs(): number | undefined {
    // A Map iterates in order of insertion, and frames are inserted in order of sending.
    for (const { sentAtMs } of this.#sent.values()) return sentAtMs;
    return undefined;
  }
}
