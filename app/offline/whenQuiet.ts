/** How long after the page was loaded the first labels are waited for. */
const WITHOUT_LABELS_MS = 5_000;
/** A page that labels thirty pictures a second may not be idle for long. */
const IDLE_WITHIN_MS = 2_000;

export interface FirstLabels {
  /** Resolves with the first labels. */
  readonly firstLabels: Promise<void>;
  /** Resolves when the first while with them is over. See `settling`. */
  readonly settled: Promise<void>;
}

/**
 * Resolves when work that no one waits for may begin: labels have come for a while, or none came at all, and the
 * browser has nothing else to do. Never, when aborted before.
 */
export async function whenQuiet({ firstLabels, settled }: FirstLabels, signal: AbortSignal): Promise<void> {
  await Promise.race([settled, withoutLabels(firstLabels, signal)]);
  await idle(signal);
}

function withoutLabels(firstLabels: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let haveCome = false;
    void firstLabels.then(() => {
      haveCome = true;
    });
    const wait = () => {
      const timer = setTimeout(() => {
        if (!haveCome) resolve();
      }, WITHOUT_LABELS_MS);
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    };
    if (document.readyState === 'complete') wait();
    else window.addEventListener('load', wait, { once: true, signal });
  });
}

function idle(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return;
    // Safari has none.
    if (!('requestIdleCallback' in window)) {
      const timer = setTimeout(resolve, 200);
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
      return;
    }
    const handle = requestIdleCallback(() => resolve(), { timeout: IDLE_WITHIN_MS });
    signal.addEventListener('abort', () => cancelIdleCallback(handle), { once: true });
  });
}
