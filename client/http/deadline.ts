export interface Deadline {
  /** Aborts when the time is over, or when one of the other signals does. */
  readonly signal: AbortSignal;
  /** Whether the time was over first. */
  readonly isOver: boolean;
  /** Frees the timer and the listeners. Call it when the work is done. */
  clear(): void;
}

/**
 * Bounds work in time. (`AbortSignal.any` would do, but Safari has it only since 17.4.)
 *
 * @param signals end the work before its time
 */
export function startDeadline(ms: number, signals: readonly (AbortSignal | undefined)[]): Deadline {
  const controller = new AbortController();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    controller.abort(new DOMException(`No answer within ${ms} ms.`, 'TimeoutError'));
  }, ms);
  const disposers = signals.map((signal) => {
    if (signal === undefined) return () => {};
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    return () => signal.removeEventListener('abort', abort);
  });
  return {
    signal: controller.signal,
    get isOver() {
      return isOver;
    },
    clear() {
      clearTimeout(timer);
      for (const dispose of disposers) dispose();
    },
  };
}
