import { type RefObject, useEffect } from 'react';

/**
 * Moves the focus to `target` when it appears in the place of what had the focus, such as the button that was pressed:
 * the browser drops it then, and a keyboard or a screen reader would begin at the top of the page. `target` needs
 * `tabIndex={-1}`.
 */
export function useLostFocus(target: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (document.activeElement === null || document.activeElement === document.body) {
      target.current?.focus({ preventScroll: true });
    }
  }, [target]);
}
