/** Functions to call with each value. They are called in the order in which they were added. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Returns the disposer. */
  add(listener: (value: T) => void): () => void {
    // A wrapper, so that a function that was added twice is called twice and removed once.
    const entry = (value: T) => listener(value);
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  emit(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
}
