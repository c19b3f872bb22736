const ACTS = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const;

/**
 * Tells when no one has done anything on the page for `idleMs`, and with each act that someone has; at once that it is not idle.
 * Returns the disposer.
 */
export function watchIdle(idleMs: number, onIdle: (isIdle: boolean) => void): () => void {
  const listening = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  const onAct = () => {
    clearTimeout(timer);
    onIdle(false);
    timer = setTimeout(() => onIdle(true), idleMs);
  };
  for (const event of ACTS) window.addEventListener(event, onAct, { signal: listening.signal });
  onAct();
  return () => {
    listening.abort();
    clearTimeout(timer);
  };
}
