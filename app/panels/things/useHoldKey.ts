'use client';
import { useEffect, useRef } from 'react';
import { pressedKey } from '../../ui/pressedKey.ts';
import { belongsToControl } from '../../ui/shortcuts.ts';

export interface HoldKeyOptions {
  press(): void;
  release(): void;
  onEscape(): void;
}

/** Space takes samples for as long as it is held, wherever the focus is but in a field or on a button; Escape ends it. */
export function useHoldKey(options: HoldKeyOptions): void {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const onDown = (event: KeyboardEvent) => {
      const { target, ctrlKey, metaKey, altKey, repeat } = event;
      const key = pressedKey(event);
      if (ctrlKey || metaKey || altKey || document.querySelector('dialog:modal')) return;
      if (key === 'Escape') latest.current.onEscape();
      else if (key !== ' ' || belongsToControl(target, key)) return;
      else if (!repeat) latest.current.press();
      // It means something else to the page.
      event.preventDefault();
    };
    // Before the page's own keys.
    window.addEventListener('keydown', onDown, { signal, capture: true });
    window.addEventListener('keyup', ({ key }) => key === ' ' && latest.current.release(), { signal });
    window.addEventListener('blur', () => latest.current.release(), { signal });
    return () => listening.abort();
  }, []);
}
