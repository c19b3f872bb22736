import type { LensContext } from './lensContext.ts';

/** Keeps the device's models up to date while something is live: after the first labels, which come first. */
export class ModelWatch {
  readonly #context: LensContext;
  #stop = () => {};

  constructor(context: LensContext) {
    this.#context = context;
  }

  /** Begins to watch, or begins again: the backend mode decides whether the models are wanted. */
  start(): void {
    const { firstLabels, recognizer, device } = this.#context;
    this.#stop();
    let unwatch = () => {};
    let isStopped = false;
    this.#stop = () => {
      isStopped = true;
      unwatch();
    };
    void firstLabels.then(() => {
      const isWanted = recognizer.report.mode !== 'server';
      if (!isStopped && isWanted) unwatch = device.watch();
    });
  }

  /** Idempotent. */
  stop(): void {
    this.#stop();
  }
}
