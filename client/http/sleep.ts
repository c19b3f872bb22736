/**
 * Waits.
 * @throws the reason of the first signal that aborts
 */
export function sleep(ms: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      for (const { signal, abort } of watched) signal.removeEventListener('abort', abort);
      settle();
    };
    const timer = setTimeout(() => finish(resolve), ms);
    const watched = signals.flatMap((signal) =>
      signal === undefined ? [] : [{ signal, abort: () => finish(() => reject(signal.reason)) }],
    );
    for (const { signal, abort } of watched) {
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
    }
  });
}
