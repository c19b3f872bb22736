import type { Label, ModelInfo } from '../../protocol/messages.ts';
import { OverlayView } from '../overlay/overlayView.ts';
import { SeenPart } from '../overlay/seenPart.ts';
import { type ContentLayout, watchContentRect } from '../overlay/watchContentRect.ts';
import type { PicturePhase } from './lensState.ts';
import { problemOf, type SeenPicture } from './predictPicture.ts';

export interface PictureViewOptions {
  image: HTMLImageElement;
  overlay: HTMLElement;
  /** An object URL of a picture that is known to be decodable; revoked by `close`. */
  url: string;
  /**
   * Labels the picture once it is decoded.
   * @throws ClientError, DeviceError, UnreadablePictureError
   */
  recognize(image: HTMLImageElement, signal: AbortSignal): Promise<SeenPicture>;
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
  #asking = new AbortController();
  #layout: ContentLayout | undefined;
  #isClosed = false;
  #labels: readonly Label[] | undefined;
  #codes: readonly Label[] = [];

  constructor(options: PictureViewOptions) {
    const { image } = options;
    this.#options = options;
    this.#seenPart = new SeenPart(options.overlay);
    this.#overlay = new OverlayView(options.overlay, { reducedMotion: () => false, isStill: true });
    this.#unwatch = watchContentRect(image, 'contain', (layout) => {
      this.#layout = layout;
      image.style.background = whiteBehind(layout);
      this.#seenPart.setLayout(layout);
      this.#draw();
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
      const message = error instanceof Error ? error.message : String(error);
      // Labels of another model, or of a backend that is not to see the picture any more.
      this.#labels = undefined;
      this.#draw();
      this.#options.onPhase({ kind: 'failed', problem: problemOf(error), message });
    });
  }

  /** Draws the labels again after the lowest score has changed. */
  refresh(): void {
    if (this.#labels === undefined) return;
    const shown = this.#shown();
    this.#draw();
    const total = this.#labels.length + this.#codes.length;
    this.#options.onPhase({ kind: 'done', count: shown.length, total });
    this.#options.onLabels(shown);
  }

  /** Empties the screen. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#asking.abort();
    this.#unwatch();
    this.#overlay.close();
    this.#seenPart.close();
    this.#options.image.removeAttribute('src');
    this.#options.image.style.removeProperty('background');
    URL.revokeObjectURL(this.#options.url);
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { image, onModel, recognize } = this.#options;
    await image.decode();
    const { model, labels } = await recognize(image, signal);
    signal.throwIfAborted();
    onModel(model);
    this.#seenPart.setInput(model.input);
    this.#labels = labels;
    this.refresh();
  }

  /** Whatever becomes of the question for its labels: codes need no server. */
  async #readCodes(): Promise<void> {
    const { image, readCodes } = this.#options;
    await image.decode();
    const codes = await readCodes(image);
    if (this.#isClosed || codes.length === 0) return;
    this.#codes = codes;
    this.#options.onCodes(codes);
    this.#draw();
    this.refresh();
  }

  #shown(): readonly Label[] {
    const minScore = this.#options.minScore();
    return [...(this.#labels ?? []).filter((label) => label.score >= minScore), ...this.#codes];
  }

  #draw(): void {
    if (this.#layout === undefined) return;
    const shown = this.#shown().map((label) => ({ label, box: label.box, quad: label.quad, leaving: false }));
    this.#overlay.draw(shown, { ...this.#layout, mirrored: false }, this.#options.minScore());
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
