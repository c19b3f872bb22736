import { Listeners } from '../../../client/listeners.ts';
import type { DeviceError } from './deviceSession.ts';

/** Reports once why something was lost, to listeners that come later too. */
export class Loss {
  readonly #listeners = new Listeners<DeviceError>();
  #why: DeviceError | undefined;

  /** Called once, and never before `listen` has returned. Returns the disposer. */
  listen(listener: (why: DeviceError) => void): () => void {
    const why = this.#why;
    if (why === undefined) return this.#listeners.add(listener);
    let isListening = true;
    queueMicrotask(() => isListening && listener(why));
    return () => {
      isListening = false;
    };
  }

  /** Only the first call counts. */
  report(why: DeviceError): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    this.#listeners.emit(why);
  }
}
