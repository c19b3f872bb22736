import { fitRect, type RectPx } from '../../vision/geometry.ts';

export interface ContentLayout {
  /** Where the whole picture lies, in CSS pixels of the element's box; reaches beyond it when cropped. */
  content: RectPx;
  /** Of the picture itself, in its own pixels. */
  size: { width: number; height: number };
  viewport: { width: number; height: number };
}

/**
 * Follows where the picture of a video or image lies inside its element, through resizes, rotations and changes
 * of the picture's own size. Writes it to `data-content-rect` too, as x,y,width,height in CSS pixels of the page.
 *
 * @param onChange called at once if the picture has a size, and after every change
 * @returns the disposer
 */
export function watchContentRect(
  element: HTMLVideoElement | HTMLImageElement,
  fit: 'cover' | 'contain',
  onChange: (layout: ContentLayout) => void,
): () => void {
  const listening = new AbortController();
  const update = () => {
    const size =
      element instanceof HTMLVideoElement
        ? { width: element.videoWidth, height: element.videoHeight }
        : { width: element.naturalWidth, height: element.naturalHeight };
    const viewport = { width: element.clientWidth, height: element.clientHeight };
    if (size.width === 0 || viewport.width === 0) return;
    const content = fitRect(size, viewport, fit);
    const { left, top } = element.getBoundingClientRect();
    element.dataset.contentRect = [left + content.x, top + content.y, content.width, content.height]
      .map((value) => value.toFixed(2))
      .join(',');
    onChange({ content, size, viewport });
  };
  const sizes = new ResizeObserver(update);
  sizes.observe(element);
  // `resize` of a video: its picture's size changed, as when a phone is turned.
  for (const event of ['loadedmetadata', 'resize', 'load']) {
    element.addEventListener(event, update, { signal: listening.signal });
  }
  update();
  return () => {
    listening.abort();
    sizes.disconnect();
    delete element.dataset.contentRect;
  };
}
