'use client';
import { useEffect, useRef } from 'react';
import { pressedKey } from './pressedKey.ts';
import { belongsToControl, type Shortcut, shortcutOf } from './shortcuts.ts';

/** What a key that is held down may do again and again. */
const REPEATED: ReadonlySet<Shortcut> = new Set(['lower', 'higher', 'arrow']);

/**
 * Calls `run` for the keys that are meant for the page, with what the key does and the key itself.
 * @param run returns false where the key does nothing now: then it is the browser's
 */
export function useShortcuts(run: (shortcut: Shortcut, key: string) => unknown): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const key = pressedKey(event);
      if (key === undefined) return;
      const shortcut = shortcutOf({
        key,
        ctrlKey: event.ctrlKey,
        metaKey: event.metaKey,
        altKey: event.altKey,
        inControl:
          event.defaultPrevented ||
          // A button that went away with the press leaves the focus to the page behind: Escape is for the dialog all the same.
          document.querySelector('dialog:modal') !== null ||
          belongsToControl(event.target, key),
      });
      if (shortcut === undefined) return;
      if (event.repeat && !REPEATED.has(shortcut)) return;
      if (latest.current(shortcut, key) !== false) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
