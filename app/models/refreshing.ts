/** Does something again and again while someone watches. */
export class Refreshing {
  readonly #refresh: () => Promise<void>;
  readonly #intervalMs: number;
  #watchers = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param refresh never rejects @param intervalMs from its end to the next time */
  constructor(refresh: () => Promise<void>, intervalMs: number) {
    this.#refresh = refresh;
    this.#intervalMs = intervalMs;
  }

  /** @returns ends this watching; idempotent */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) void this.#goOn();
    let isDisposed = false;
    return () => {
      if (isDisposed) return;
      isDisposed = true;
      this.#watchers -= 1;
      if (this.#watchers === 0) clearTimeout(this.#timer);
    };
  }

  /** Ends it for all. Idempotent. */
  close(): void {
    this.#watchers = 0;
    clearTimeout(this.#timer);
  }

  async #goOn(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#refresh();
    if (this.#watchers === 0) return;
    this.#timer = setTimeout(() => void this.#goOn(), this.#intervalMs);
  }
}
