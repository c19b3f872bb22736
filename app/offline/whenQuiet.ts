/** How long after the page was loaded the first labels are waited for. */
const WITHOUT_LABELS_MS = 5_000;
/** A page that labels thirty pictures a second may not be idle for long. */
const IDLE_WITHIN_MS = 2_000;

/**
 * Resolves when work that no one waits for may begin: the first labels are there, or none came for a while, and the
 * browser has nothing else to do. Never, when aborted before.
 */
export async function whenQuiet(firstLabels: Promise<void>, signal: AbortSignal): Promise<void> {
  await Promise.race([firstLabels, loadedAWhileAgo(signal)]);
  await idle(signal);
}

function loadedAWhileAgo(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wait = () => {
      const timer = setTimeout(resolve, WITHOUT_LABELS_MS);
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
