export interface WaitOptions<T> {
  /** Calls `changed` whenever the check may give something else. Returns its disposer. */
  listen(changed: () => void): () => void;
  signal: AbortSignal;
  /** Time after which `late` decides, ms. Default: never */
  ms?: number;
  /** What comes of it then; may throw. */
  late?: () => T;
}

interface Changing {
  /** Returns its disposer. */
  onChange(listener: () => void): () => void;
}

/** Listens to all of them. */
export const listenToAll =
  (...sources: readonly Changing[]) =>
  (changed: () => void): (() => void) => {
    const stops = sources.map((source) => source.onChange(changed));
    return () => {
      for (const stop of stops) stop();
    };
  };

/** How often the check is made where nothing is heard: its result may depend on time, ms. */
const CHECK_MS = 250;

/**
 * Waits until the check gives something.
 * @throws what the check throws; the signal's reason when it aborts
 */
export async function waitUntil<T>(check: () => T | undefined, options: WaitOptions<T>): Promise<T> {
  const { listen, signal, ms = Number.POSITIVE_INFINITY, late } = options;
  const endsAtMs = performance.now() + ms;
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const end = (settle: () => void) => {
      stop();
      clearInterval(timer);
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = () => end(() => reject(signal.reason));
    const look = () => {
      try {
        const found = check() ?? (performance.now() >= endsAtMs ? late?.() : undefined);
        if (found !== undefined) end(() => resolve(found));
      } catch (error) {
        end(() => reject(error));
      }
    };
    const stop = listen(look);
    const timer = setInterval(look, CHECK_MS);
    signal.addEventListener('abort', abort);
    look();
  });
}
