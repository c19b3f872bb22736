/**
 * Keeps the screen on until disposed, where the browser can. The browser drops the lock whenever the page is
 * hidden, so it is asked for again on return.
 */
export function holdWakeLock(): () => void {
  let released = false;
  let sentinel: WakeLockSentinel | undefined;

  async function acquire(): Promise<void> {
    if (released || document.hidden || !('wakeLock' in navigator)) return;
    try {
      const held = await navigator.wakeLock.request('screen');
      if (released) await held.release();
      else sentinel = held;
    } catch {
      // Refused when the battery is low, for one; the screen then dims as usual.
    }
  }

  const onVisible = () => void acquire();
  document.addEventListener('visibilitychange', onVisible);
  void acquire();
  return () => {
    released = true;
    document.removeEventListener('visibilitychange', onVisible);
    sentinel?.release().catch(() => {
      // Already released by the browser.
    });
  };
}
