'use client';
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { enterFullscreen, leaveFullscreen } from '../browser/fullscreen.ts';
import { watchIdle } from '../browser/watchIdle.ts';
import { holdWakeLock } from '../lens/wakeLock.ts';
import { pressedKey } from '../ui/pressedKey.ts';

/** `active`: the way out is shown; `idle`: nothing but the picture and its names. */
export type PresentState = 'off' | 'active' | 'idle';

/** How long the way out and the pointer are shown after the last movement. */
const IDLE_MS = 2_500;

/**
 * Showing the picture and its names alone, on the whole screen where the browser can; where it cannot, as on an iPhone,
 * in the whole page. Ends with Escape, with the browser's own way out of full screen, and with the picture.
 *
 * @param hasPicture whether there is something to present
 */
export function usePresent(hasPicture: boolean): {
  present: PresentState;
  /** What began it; has the focus afterwards. */
  button: RefObject<HTMLButtonElement | null>;
  enter(): void;
  leave(): void;
} {
  const [state, setState] = useState<PresentState>('off');
  const isOn = state !== 'off' && hasPicture;
  const button = useRef<HTMLButtonElement>(null);
  const wasOn = useRef(false);
  const enter = useCallback(() => {
    setState('active');
    enterFullscreen();
  }, []);
  const leave = useCallback(() => setState('off'), []);

  useEffect(() => {
    if (!isOn) return;
    const listening = new AbortController();
    const { signal } = listening;
    let wasFullscreen = document.fullscreenElement !== null;
    const onKeyDown = (event: KeyboardEvent) => {
      if (pressedKey(event) === 'Escape' && document.querySelector('dialog[open]') === null) leave();
    };
    window.addEventListener('keydown', onKeyDown, { signal });
    const onFullscreen = () => {
      // Escape in full screen reaches the browser, not the page.
      if (wasFullscreen && document.fullscreenElement === null) leave();
      wasFullscreen = document.fullscreenElement !== null;
    };
    document.addEventListener('fullscreenchange', onFullscreen, { signal });
    const releaseWakeLock = holdWakeLock();
    const unwatchIdle = watchIdle(IDLE_MS, (isIdle) =>
      setState((now) => (now === 'off' ? now : isIdle ? 'idle' : 'active')),
    );
    return () => {
      listening.abort();
      unwatchIdle();
      releaseWakeLock();
      setState('off');
      leaveFullscreen();
    };
  }, [isOn, leave]);
  useEffect(() => {
    if (wasOn.current && !isOn) button.current?.focus();
    wasOn.current = isOn;
  }, [isOn]);
  return { present: isOn ? state : 'off', button, enter, leave };
}
