import { type RefObject, useEffect, useRef } from 'react';

/**
 * Gives the focus back after something that took the place of a button was closed, and the focus is gone with it.
 * @param opened what is open; undefined: nothing
 * @returns for what the button is in; it is in an element with `data-opens`, which says what it opens
 */
export function useFocusOpener<Root extends HTMLElement>(opened: string | undefined): RefObject<Root | null> {
  const root = useRef<Root>(null);
  const before = useRef(opened);
  useEffect(() => {
    const closed = before.current;
    before.current = opened;
    if (closed === undefined || opened !== undefined || document.activeElement !== document.body) return;
    root.current?.querySelector<HTMLElement>(`[data-opens="${closed}"] button`)?.focus();
  }, [opened]);
  return root;
}
