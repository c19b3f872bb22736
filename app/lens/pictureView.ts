import { messageOf } from '../../protocol/errors.ts';
import type { Label, ModelInfo } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import { canvasToPng } from '../capture/canvasToPng.ts';
import { pointInPicture } from '../capture/controls/pointInPicture.ts';
import { annotatePicture } from '../freeze/annotatePicture.ts';
import { Magnifier } from '../freeze/magnifier.ts';
import { toCoco } from '../freeze/toCoco.ts';
import type { Zoom } from '../freeze/zoomPan.ts';
import { OverlayView } from '../overlay/overlayView.ts';
import { SeenPart } from '../overlay/seenPart.ts';
import { isLineOfText, type ShownLabel } from '../overlay/trackBoard.ts';
import { type ContentLayout, watchContentRect } from '../overlay/watchContentRect.ts';
import type { PicturePhase } from './lensState.ts';
import { problemOf } from './predictPicture.ts';
import type { SeenByAll } from './recognizePicture.ts';
import type { ShownText } from './shownText.ts';
import { tapSlack, tapTarget } from './tapTarget.ts';
import type { ThingLock } from './thingLock.ts';

export interface PictureViewOptions {
  /** Of the file, with its ending. */
  fileName: string;
  image: HTMLImageElement;
  overlay: HTMLElement;
  /** An object URL of a picture that is known to be decodable; revoked by `close`. */
  url: string;
  /**
   * Labels the picture once it is decoded.
   * @throws ClientError, DeviceError, UnreadablePictureError
   */
  recognize(image: HTMLImageElement, signal: AbortSignal): Promise<SeenByAll>;
  /** Takes the things that a person presses, and says which one is locked. */
  lock: ThingLock;
  /** Is given the lines of text that are shown, and knows which of them are selected. */
  text: ShownText;
  /** Whether the browser encodes what is drawn on a canvas. */
  isCanvasTrue(): boolean;
  /** The codes of the picture, read on this device. */
  readCodes(image: HTMLImageElement): Promise<readonly Label[]>;
  /** The lowest score to show, 0..1; asked for again whenever the labels are drawn. */
  minScore(): number;
  onPhase(phase: PicturePhase): void;
  onModel(model: ModelInfo): void;
  onLabels(labels: readonly Label[]): void;
  onCodes(codes: readonly Label[]): void;
}

/** A picture on screen: asked about once, from the lowest score up; what is shown of it is decided here. */
export class PictureView {
  readonly #options: PictureViewOptions;
  readonly #overlay: OverlayView;
  readonly #seenPart: SeenPart;
  readonly #unwatch: () => void;
  readonly magnifier: Magnifier;
  #asking = new AbortController();
  #layout: ContentLayout | undefined;
  #seen: SeenByAll | undefined;
  readonly #openedAt = new Date();
  #isClosed = false;
  #codes: readonly Label[] = [];

  constructor(options: PictureViewOptions) {
    const { image, text } = options;
    this.#options = options;
    this.#seenPart = new SeenPart(options.overlay);
    this.#overlay = new OverlayView(options.overlay, {
      reducedMotion: () => false,
      isStill: true,
      onActivate: (label) => this.toggle(label),
      lines: text,
    });
    this.magnifier = new Magnifier(
      () => options.overlay.getBoundingClientRect(),
      (zoom) => this.#magnify(zoom),
    );
    this.#unwatch = watchContentRect(image, 'contain', (layout) => {
      this.#layout = layout;
      this.magnifier.setLayout(layout);
      image.style.background = whiteBehind(layout);
    });
    image.src = options.url;
    this.ask();
    this.#readCodes().catch((error: unknown) => console.warn('Codes were not read.', error));
  }

  /** Asks what is on the picture; again after a failure. */
  ask(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#options.onPhase({ kind: 'looking' });
    this.#ask(signal).catch((error: unknown) => {
      if (signal.aborted) return;
      const message = messageOf(error);
      // Labels of another model, or of a backend that is not to see the picture any more.
      this.#seen = undefined;
      this.redraw();
      this.#options.onPhase({ kind: 'failed', problem: problemOf(error), message });
    });
  }

  /** Draws the labels again after the lowest score has changed. */
  refresh(): void {
    this.redraw();
    if (this.#seen === undefined) return;
    const { labels, secondary, unread } = this.#seen;
    const shown = this.shown();
    const total = labels.length + secondary.length + this.#codes.length;
    this.#options.onPhase({ kind: 'done', count: shown.length, total, unread });
    this.#options.onLabels(shown);
  }

  /** What is in view, in 0..1 of the picture; undefined: all of it. */
  get partInView(): Box | undefined {
    return this.magnifier.partInWindow(false);
  }

  /** The labels on the picture now. */
  shown(): readonly Label[] {
    const minScore = this.#options.minScore();
    const { labels = [], secondary = [] } = this.#seen ?? {};
    return [...labels.filter((label) => label.score >= minScore), ...secondary, ...this.#codes];
  }

  /** Locks on to a thing of the picture, or lets it go. */
  toggle(label: Label): void {
    this.#options.lock.toggle(label);
    this.redraw();
  }

  /** Lets go of what is locked. */
  release(): void {
    this.#options.lock.release();
    this.redraw();
  }

  /** What is shown where the page was tapped, CSS pixels. */
  thingAt(tap: { x: number; y: number }): Label | undefined {
    return this.#targetAt(tap, this.#asShown());
  }

  /** The line of text at a point of the page, CSS pixels. */
  lineAt(point: { x: number; y: number }): Label | undefined {
    return this.#targetAt(point, this.#asShown().filter(isLineOfText));
  }

  #targetAt(at: { x: number; y: number }, shown: readonly ShownLabel[]): Label | undefined {
    const { content } = this.magnifier;
    if (content === undefined) return undefined;
    const { left, top } = this.#options.overlay.getBoundingClientRect();
    const onPage = { ...content, x: left + content.x, y: top + content.y };
    const point = pointInPicture(at, onPage, false);
    return point && tapTarget(shown, point, tapSlack(content));
  }

  /**
   * The picture in all its pixels with its names drawn on it, a PNG.
   * @throws Error if the browser cannot draw it
   */
  async withNames(): Promise<File> {
    const canvas = annotatePicture(this.#options.image, this.#asShown());
    try {
      const png = await canvasToPng(canvas, this.#options.isCanvasTrue());
      return new File([png], this.#named('names.png'), { type: png.type });
    } finally {
      canvas.width = 0;
    }
  }

  /** Its labels in the COCO format, as JSON. */
  async asCoco(): Promise<File> {
    const { image, fileName } = this.#options;
    const size = { width: image.naturalWidth, height: image.naturalHeight };
    const names = this.#seen?.model.labels ?? [];
    const coco = toCoco(
      this.shown(),
      { ...size, fileName, takenAt: this.#openedAt },
      names,
      this.#seen?.model.points,
    );
    return new File([JSON.stringify(coco, undefined, 2)], this.#named('coco.json'), {
      type: 'application/json',
    });
  }

  /** A file name next to the picture's own. */
  #named(ending: string): string {
    return `${this.#options.fileName.replace(/\.[^.]*$/, '')}-${ending}`;
  }

  /** Empties the screen. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#asking.abort();
    this.#unwatch();
    this.#overlay.close();
    this.#seenPart.close();
    const { image } = this.#options;
    image.removeAttribute('src');
    image.style.removeProperty('background');
    image.style.removeProperty('transform');
    delete image.dataset.zoomed;
    URL.revokeObjectURL(this.#options.url);
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { image, onModel, recognize } = this.#options;
    await image.decode();
    const seen = await recognize(image, signal);
    signal.throwIfAborted();
    onModel(seen.model);
    this.#seenPart.setInput(seen.model.input);
    this.#seen = seen;
    this.refresh();
  }

  #magnify({ scale, x, y }: Zoom): void {
    const { image } = this.#options;
    image.style.transform = scale === 1 ? '' : `translate(${x}px, ${y}px) scale(${scale})`;
    image.toggleAttribute('data-zoomed', scale > 1);
    const { content } = this.magnifier;
    if (this.#layout && content) this.#seenPart.setLayout({ ...this.#layout, content });
    this.redraw();
  }

  /** Whatever becomes of the question for its labels: codes need no server. */
  async #readCodes(): Promise<void> {
    const { image, readCodes } = this.#options;
    await image.decode();
    const codes = await readCodes(image);
    if (this.#isClosed || codes.length === 0) return;
    this.#codes = codes;
    this.#options.onCodes(codes);
    this.refresh();
  }

  #asShown(): ShownLabel[] {
    const { labels = [], model } = this.#seen ?? {};
    const own = new Set(labels);
    return this.shown().map((label) => ({
      ...{ label, box: label.box, quad: label.quad, points: label.points, outline: label.outline },
      leaving: false,
      // What the points of secondary models are is not known here: they are drawn as dots.
      layout: own.has(label) ? model?.points : undefined,
    }));
  }

  /** Draws the labels again, such as after others were selected. */
  redraw(): void {
    const { content } = this.magnifier;
    if (this.#layout === undefined || content === undefined) return;
    const { lock, text, minScore } = this.#options;
    const shown = this.#asShown();
    text.see(shown, content);
    this.#overlay.draw(shown, { ...this.#layout, content, mirrored: false }, minScore(), lock.among(shown));
  }
}

/** White behind transparent parts, as the model sees them; no wider than the picture, so that no white edge shows around it. */
function whiteBehind({ content }: ContentLayout): string {
  const [width, height] = [Math.floor(content.width), Math.floor(content.height)];
  return `linear-gradient(#fff, #fff) center / ${width}px ${height}px no-repeat`;
}

/**
 * An object URL of the file, once it is known that the browser can show it.
 * @throws Error (EncodingError) if it cannot
 */
export async function openPictureFile(file: Blob): Promise<string> {
  const url = URL.createObjectURL(file);
  const probe = new Image();
  probe.src = url;
  try {
    await probe.decode();
    // Vector pictures without a size of their own have none to scale.
    if (probe.naturalWidth === 0) throw new Error('The picture has no size.');
    return url;
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  }
}
