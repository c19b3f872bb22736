import type { RectPx } from '../../vision/geometry.ts';
import { bottom, right } from './freeSpace.ts';

/** What lies over the picture, in CSS pixels of the overlay. */
export interface Controls {
  /** Rectangles that names must not be under. */
  readonly rects: readonly RectPx[];
  /** The part of the overlay that no notch or rounded corner of the screen cuts into. */
  readonly safe: RectPx;
}

const INTERACTIVE = 'button, a[href], input, select, textarea, label, output';
/** A bar whose content covers as a whole, gaps included. */
const BAND = '[data-band]';
/** Not what is there for a screen reader only. */
const MIN_SIDE_PX = 4;

/**
 * Follows where controls and messages lie over the picture: whatever can be operated or has a background, in the page
 * around the overlay. It measures when something comes, goes, or changes its size, right after the browser's own layout,
 * and never in between.
 *
 * @returns the disposer
 */
export function watchControls(overlay: HTMLElement, onChange: (controls: Controls) => void): () => void {
  const page = overlay.closest('main') ?? document.body;
  const layers = () => [...page.children].filter((child) => !child.contains(overlay));
  let watched = new Set<Element>();
  let last = '';

  const measure = () => {
    const origin = overlay.getBoundingClientRect();
    const rects: RectPx[] = [];
    for (const element of watched) {
      if (!isRendered(element)) continue;
      const rect = rectOf(element);
      if (rect.width < MIN_SIDE_PX || rect.height < MIN_SIDE_PX) continue;
      rects.push({ ...rect, x: rect.x - origin.x, y: rect.y - origin.y });
    }
    const outer = rects.filter(
      (rect, index) => !rects.some((other, at) => at !== index && contains(other, rect, at < index)),
    );
    const controls = { rects: outer, safe: contentBox(overlay, { ...rectOf(overlay), x: 0, y: 0 }) };
    const text = JSON.stringify(controls);
    if (text === last) return;
    last = text;
    onChange(controls);
  };
  const sizes = new ResizeObserver(measure);
  /** Observed again, an element is reported after the next layout. */
  const measureSoon = () => {
    sizes.unobserve(overlay);
    sizes.observe(overlay);
  };
  const find = () => {
    const found = new Set(layers().flatMap(coversIn));
    for (const element of watched) if (!found.has(element)) sizes.unobserve(element);
    for (const element of found) if (!watched.has(element)) sizes.observe(element);
    watched = found;
    measureSoon();
  };

  const contents = new MutationObserver((records) => {
    // The overlay's own elements come and go with every thing.
    if (records.some(({ target }) => !overlay.contains(target))) find();
  });
  contents.observe(page, { childList: true, subtree: true });
  // Its attributes decide over the layout of all.
  const states = new MutationObserver(measureSoon);
  states.observe(page, { attributes: true });
  const listening = new AbortController();
  for (const event of ['animationend', 'transitionend']) {
    const onEnd = ({ target }: Event) => {
      if (target instanceof Element && !overlay.contains(target)) measureSoon();
    };
    page.addEventListener(event, onEnd, { signal: listening.signal });
  }
  window.addEventListener('resize', measureSoon, { signal: listening.signal });
  find();
  return () => {
    listening.abort();
    contents.disconnect();
    states.disconnect();
    sizes.disconnect();
  };
}

function coversIn(layer: Element): Element[] {
  const all = [layer, ...layer.querySelectorAll(':not(svg, svg *)')];
  return all.filter((element) => {
    if (element.closest('dialog')) return false;
    if (element.matches(INTERACTIVE) || element.matches(BAND)) return true;
    const { backgroundColor, pointerEvents } = getComputedStyle(element);
    // What the pointer goes through is a layer with gaps, or not there at the moment.
    return (
      pointerEvents !== 'none' && backgroundColor !== 'transparent' && !/[,/] ?0\)$/.test(backgroundColor)
    );
  });
}

function rectOf(element: Element): RectPx {
  const { x, y, width, height } = element.getBoundingClientRect();
  const rect = { x, y, width, height };
  return element.matches(BAND) ? contentBox(element, rect) : rect;
}

/** Not what lies in closed details: it has a place in the page all the same. Older browsers give it none. */
const isRendered = (element: Element) =>
  typeof element.checkVisibility !== 'function' || element.checkVisibility();

/** The rectangle without the element's padding. */
function contentBox(element: Element, { x, y, width, height }: RectPx): RectPx {
  const style = getComputedStyle(element);
  const [left, top] = [Number.parseFloat(style.paddingLeft) || 0, Number.parseFloat(style.paddingTop) || 0];
  return {
    x: x + left,
    y: y + top,
    width: width - left - (Number.parseFloat(style.paddingRight) || 0),
    height: height - top - (Number.parseFloat(style.paddingBottom) || 0),
  };
}

/** Whether `outer` covers all that `inner` does; of two that are the same, the earlier one. */
function contains(outer: RectPx, inner: RectPx, isEarlier: boolean): boolean {
  const isAround =
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    right(outer) >= right(inner) &&
    bottom(outer) >= bottom(inner);
  const isSame = isAround && outer.width === inner.width && outer.height === inner.height;
  return isSame ? isEarlier : isAround;
}
