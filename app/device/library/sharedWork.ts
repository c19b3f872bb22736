import { abortable } from '../../../protocol/abortable.ts';

/** Work with several waiters: started once, and ended when the last one leaves. */
export class SharedWork<T> {
  readonly #ending = new AbortController();
  readonly #outcome: Promise<T>;
  #waiting = 0;
  #isDone = false;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#outcome = work(this.#ending.signal);
    const done = () => {
      this.#isDone = true;
    };
    this.#outcome.then(done, done);
  }

  /** Whether it was ended before it was done: start it again. */
  get isAbandoned(): boolean {
    return this.#ending.signal.aborted;
  }

  /** @throws what the work throws; the signal's reason when this one waits no more */
  async wait(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.#waiting += 1;
    try {
      return await abortable(this.#outcome, signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.end();
    }
  }

  /** Ends it for all who wait. Does nothing to work that is done. */
  end(reason?: unknown): void {
    if (!this.#isDone) this.#ending.abort(reason);
  }
}
