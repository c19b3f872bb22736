import type { Box, RectPx } from '../../vision/geometry.ts';
import { NO_ZOOM, panBy, type Zoom, zoomAt, zoomed } from './zoomPan.ts';

/** By how much a press magnifies. */
const TOGGLED_SCALE = 2.5;

/** Where a picture lies without magnification, and the window that it is seen through. CSS pixels. */
interface Layout {
  readonly content: RectPx;
  readonly viewport: { readonly width: number; readonly height: number };
}

/** How a picture on the screen is magnified and moved, by fingers, the wheel or a press. */
export class Magnifier {
  readonly #window: () => Pick<DOMRect, 'left' | 'top'>;
  readonly #onChange: (zoom: Zoom) => void;
  #zoom = NO_ZOOM;
  #layout: Layout | undefined;

  /** @param window where the window of the picture begins on the page, CSS pixels */
  constructor(window: () => Pick<DOMRect, 'left' | 'top'>, onChange: (zoom: Zoom) => void) {
    this.#window = window;
    this.#onChange = onChange;
  }

  get scale(): number {
    return this.#zoom.scale;
  }

  /** Where the whole picture lies now; undefined: not known yet. */
  get content(): RectPx | undefined {
    return this.#layout && zoomed(this.#layout.content, this.#zoom);
  }

  /** The part of a magnified picture that is in the window, in 0..1 of the picture; undefined: it is not magnified. */
  partInWindow(isMirrored: boolean): Box | undefined {
    const { content } = this;
    if (this.scale === 1 || content === undefined || this.#layout === undefined) return undefined;
    const { width, height } = this.#layout.viewport;
    const [left, right] = share(content.x, content.width, width);
    const [top, bottom] = share(content.y, content.height, height);
    return [isMirrored ? 1 - right : left, top, right - left, bottom - top];
  }

  /** The picture lies elsewhere: all of it is shown. */
  setLayout(layout: Layout): void {
    this.#layout = layout;
    this.reset();
  }

  /** Magnifies by a factor, around a point of the page in CSS pixels; undefined: the middle. */
  zoomBy(factor: number, at?: { readonly x: number; readonly y: number }): void {
    if (this.#layout === undefined) return;
    const { content, viewport } = this.#layout;
    const { left, top } = this.#window();
    const point = at ? { x: at.x - left, y: at.y - top } : { x: viewport.width / 2, y: viewport.height / 2 };
    this.#set(zoomAt(this.#zoom, factor, point, content, viewport));
  }

  /** Moves the magnified picture. CSS pixels. */
  panBy(by: { readonly x: number; readonly y: number }): void {
    if (this.#layout) this.#set(panBy(this.#zoom, by, this.#layout.content, this.#layout.viewport));
  }

  /** Shows what lies further to the right and further down, in shares of the window; negative: to the left and up. */
  panByShare(right: number, down: number): void {
    const { width = 0, height = 0 } = this.#layout?.viewport ?? {};
    this.panBy({ x: -right * width, y: -down * height });
  }

  /** Magnifies the middle of the picture, or shows all of it again. */
  toggle(): void {
    if (this.scale > 1) this.reset();
    else this.zoomBy(TOGGLED_SCALE);
  }

  reset(): void {
    this.#set(NO_ZOOM);
  }

  #set(zoom: Zoom): void {
    this.#zoom = zoom;
    this.#onChange(zoom);
  }
}

/** From where to where something is seen through a window that begins at 0, in 0..1 of it. */
function share(start: number, length: number, window: number): [from: number, to: number] {
  return [Math.max(0, -start) / length, Math.min(length, window - start) / length];
}
