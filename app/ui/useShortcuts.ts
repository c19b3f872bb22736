'use client';
import { useEffect, useRef } from 'react';
import { belongsToControl, type Shortcut, shortcutOf } from './shortcuts.ts';

/** Calls `run` for the keys that are meant for the page, with what the key does and the key itself. */
export function useShortcuts(run: (shortcut: Shortcut, key: string) => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const shortcut = shortcutOf({
        key: event.key,
        ctrlKey: event.ctrlKey,
        metaKey: event.metaKey,
        altKey: event.altKey,
        inControl:
          event.defaultPrevented ||
          // A button that went away with the press leaves the focus to the page behind: Escape is for the dialog all the same.
          document.querySelector('dialog:modal') !== null ||
          belongsToControl(event.target, event.key),
      });
      if (shortcut === undefined) return;
      // A key that is held down moves the confidence, and nothing else.
      if (event.repeat && shortcut !== 'lower' && shortcut !== 'higher') return;
      event.preventDefault();
      latest.current(shortcut, event.key);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
