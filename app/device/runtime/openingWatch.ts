/** A worker of which nothing at all is heard for this long, not even that its thread is free. */
const SILENT_MS = 10_000;
/** And one whose files are here, and that takes no further step for this long: threads may never have started. */
const NO_STEP_MS = 20_000;

/**
 * Watches a worker that opens a model, and says once that it is late: it may be stuck, or the device may be slow, which
 * looks the same from here. While files are on their way it is not late, however long they take, as long as its thread is free.
 */
export class OpeningWatch {
  readonly #onLate: () => void;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #noStep: ReturnType<typeof setTimeout> | undefined;
  #hasEnded = false;

  constructor(onLate: () => void) {
    this.#onLate = onLate;
    this.alive();
  }

  /** Its thread is free. */
  alive(): void {
    clearTimeout(this.#silence);
    if (!this.#hasEnded) this.#silence = setTimeout(() => this.#late(), SILENT_MS);
  }

  /** @param hasFiles whether all files of its runtime are here */
  step(hasFiles: boolean): void {
    this.alive();
    clearTimeout(this.#noStep);
    if (hasFiles && !this.#hasEnded) this.#noStep = setTimeout(() => this.#late(), NO_STEP_MS);
  }

  /** Idempotent. */
  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#silence);
    clearTimeout(this.#noStep);
  }

  #late(): void {
    this.end();
    this.#onLate();
  }
}
