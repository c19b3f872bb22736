import { Listeners } from '../../../client/listeners.ts';

/** An event that happens at most once. A listener that is added after it is called, too: in the next microtask. */
export class OneTimeEvent<T> {
  readonly #listeners = new Listeners<T>();
  #happened: { readonly value: T } | undefined;

  /** Returns the disposer. */
  add(listener: (value: T) => void): () => void {
    let isDisposed = false;
    const happened = this.#happened;
    if (happened) queueMicrotask(() => isDisposed || listener(happened.value));
    const remove = this.#listeners.add(listener);
    return () => {
      isDisposed = true;
      remove();
    };
  }

  /** Does nothing the second time. */
  emit(value: T): void {
    if (this.#happened) return;
    this.#happened = { value };
    this.#listeners.emit(value);
  }
}
