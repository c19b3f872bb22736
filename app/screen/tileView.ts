import type { ShownPicture } from '../../client/relay/screenRelay.ts';
import { fitRect, type RectPx } from '../../vision/geometry.ts';
import { POINT_SIZE } from '../../vision/points.ts';
import { OverlayView } from '../overlay/overlayView.ts';
import type { ShownLabel } from '../overlay/trackBoard.ts';
import type { Controls } from '../overlay/watchControls.ts';

/** Time before its age bound at which a picture is taken down, ms: a late display frame then shows none that is older. */
const MARGIN_MS = 100;

/** The elements of a tile. */
export interface TileElements {
  readonly tile: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly overlay: HTMLElement;
  /** Name and age, which names on the picture keep clear of. */
  readonly caption: HTMLElement;
}

export interface TileViewOptions extends TileElements {
  /** Width / height of the pictures; called when it changes. */
  onAspect(aspect: number): void;
  /** The tile has another size. */
  onSize(): void;
}

/** What a tile shows now. */
export interface TileReading {
  /** Undefined: no picture. */
  readonly ageMs: number | undefined;
  readonly labels: readonly string[];
}

/**
 * The picture of one camera with its labels, both of the same moment. A picture that is older than its bound is taken down,
 * unless a person has frozen it.
 */
export class TileView {
  readonly #options: TileViewOptions;
  readonly #overlay: OverlayView;
  readonly #context: ImageBitmapRenderingContext | null;
  readonly #sizes: ResizeObserver;
  #size = { width: 0, height: 0 };
  #picture: { size: { width: number; height: number }; from: ShownPicture } | undefined;
  /** The newest picture that came while one was decoded. */
  #next: ShownPicture | undefined;
  #isDecoding = false;
  #isFrozen = false;
  #isClosed = false;
  #expiry: number | undefined;

  constructor(options: TileViewOptions) {
    this.#options = options;
    this.#context = options.canvas.getContext('bitmaprenderer');
    const reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');
    this.#overlay = new OverlayView(options.overlay, {
      reducedMotion: () => reducedMotion.matches,
      isStill: false,
      watchControls: (overlay, onChange) => watchCaption(overlay, options.caption, onChange),
    });
    this.#sizes = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = options.tile;
      this.#size = { width, height };
      this.#drawLabels();
      options.onSize();
    });
    this.#sizes.observe(options.tile);
    options.tile.dataset.picture = 'none';
  }

  /** The longest side at which a picture is shown, in pixels of the screen. */
  get sidePx(): number {
    return Math.max(this.#size.width, this.#size.height) * (window.devicePixelRatio || 1);
  }

  get reading(): TileReading {
    const from = this.#picture?.from;
    return {
      ageMs: from && performance.now() - from.capturedAtMs,
      labels: from?.labels.map(({ label, text }) => text ?? label) ?? [],
    };
  }

  /** A picture came. It is drawn as soon as it is decoded, unless a newer one comes first. */
  show(picture: ShownPicture): void {
    if (this.#isFrozen) return;
    this.#next = picture;
    if (!this.#isDecoding) void this.#decode();
  }

  /** Holds the picture that is shown, whatever its age. */
  setFrozen(isFrozen: boolean): void {
    if (isFrozen === this.#isFrozen) return;
    this.#isFrozen = isFrozen;
    this.#next = undefined;
    this.#expireInTime();
  }

  /** Takes everything down. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#next = undefined;
    this.#stopExpiry();
    this.#sizes.disconnect();
    this.#context?.transferFromImageBitmap(null);
    this.#overlay.close();
  }

  async #decode(): Promise<void> {
    this.#isDecoding = true;
    try {
      while (this.#next !== undefined) {
        const picture: ShownPicture = this.#next;
        this.#next = undefined;
        const { image, format } = picture;
        // The blob copies what the view shows; a message of a socket is in no shared memory.
        const blob = new Blob([image as Uint8Array<ArrayBuffer>], { type: `image/${format}` });
        // One that this browser cannot decode is followed by the next.
        const bitmap = await createImageBitmap(blob).catch(() => undefined);
        if (bitmap) this.#draw(bitmap, picture);
      }
    } finally {
      this.#isDecoding = false;
    }
  }

  #draw(bitmap: ImageBitmap, from: ShownPicture): void {
    const isLate = leftMs(from) <= 0;
    if (this.#isClosed || this.#isFrozen || isLate) {
      bitmap.close();
      return;
    }
    const { canvas, tile, onAspect } = this.#options;
    const { width, height } = bitmap;
    const before = this.#picture?.size;
    if (before?.width !== width || before.height !== height) {
      canvas.width = width;
      canvas.height = height;
      onAspect(width / height);
    }
    this.#context?.transferFromImageBitmap(bitmap);
    this.#picture = { size: { width, height }, from };
    tile.dataset.picture = 'live';
    tile.dataset.capturedAtMs = from.capturedAtMs.toFixed(1);
    tile.dataset.maxAgeMs = String(from.maxAgeMs);
    this.#drawLabels();
    this.#expireInTime();
  }

  #drawLabels(): void {
    const picture = this.#picture;
    const { width, height } = this.#size;
    if (width === 0 || height === 0) return;
    const content = fitRect(picture?.size ?? this.#size, this.#size, 'contain');
    const shown = (picture?.from.labels ?? []).map(toShown);
    this.#overlay.draw(shown, { content, viewport: this.#size, mirrored: false }, 0);
  }

  #expireInTime(): void {
    this.#stopExpiry();
    const from = this.#picture?.from;
    if (from === undefined || this.#isFrozen) return;
    // Before each display frame, not by a timer: a busy page draws before it comes to its timers.
    this.#expiry = requestAnimationFrame(() => {
      if (leftMs(from) <= 0) this.#expire();
      else this.#expireInTime();
    });
  }

  #stopExpiry(): void {
    if (this.#expiry !== undefined) cancelAnimationFrame(this.#expiry);
    this.#expiry = undefined;
  }

  #expire(): void {
    this.#picture = undefined;
    this.#options.tile.dataset.picture = 'none';
    this.#context?.transferFromImageBitmap(null);
    this.#drawLabels();
  }
}

/** What is found of its key points has the score 1. */
const toShown = ({ edges = [], ...label }: ShownPicture['labels'][number]): ShownLabel => ({
  ...{ label, box: label.box, outline: label.outline, points: label.points, leaving: false },
  ...(label.points && { layout: { count: label.points.length / POINT_SIZE, edges, minScore: 1 } }),
});

/** How long a picture may still be shown, ms. */
const leftMs = ({ capturedAtMs, maxAgeMs }: ShownPicture): number =>
  capturedAtMs + maxAgeMs - MARGIN_MS - performance.now();

/** Names on the picture keep clear of its caption. */
function watchCaption(
  overlay: HTMLElement,
  caption: HTMLElement,
  onChange: (controls: Controls) => void,
): () => void {
  const sizes = new ResizeObserver(() => {
    const { offsetLeft: x, offsetTop: y, offsetWidth: width, offsetHeight: height } = caption;
    const safe: RectPx = { x: 0, y: 0, width: overlay.clientWidth, height: overlay.clientHeight };
    onChange({ rects: width > 0 ? [{ x, y, width, height }] : [], safe });
  });
  sizes.observe(overlay);
  sizes.observe(caption);
  return () => sizes.disconnect();
}
