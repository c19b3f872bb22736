import type { Locator } from 'playwright/test';

declare global {
  interface Window {
    /** What the four corners of a label box enclose, in CSS pixels of the viewport; the element itself has no size. */
    rectOfBox(box: Element): { x: number; y: number; width: number; height: number };
  }
}

/** Gives the page `rectOfBox`. Runs there before its own scripts. Self-contained: it is sent there as text. */
export function giveRectOfBox(): void {
  window.rectOfBox = (box) => {
    const corners = [...box.querySelectorAll('i')].map((corner) => corner.getBoundingClientRect());
    const [x, y] = [Math.min(...corners.map(({ left }) => left)), Math.min(...corners.map(({ top }) => top))];
    const right = Math.max(...corners.map((corner) => corner.right));
    const bottom = Math.max(...corners.map((corner) => corner.bottom));
    return { x, y, width: right - x, height: bottom - y };
  };
}

/** What a label box encloses on the screen, as soon as it is there: those that are too old are taken away until the next ones come. */
export const rectOf = (box: Locator) => box.evaluate((element) => window.rectOfBox(element));
