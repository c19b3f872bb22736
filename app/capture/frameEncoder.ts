import type { GrabbedFrame } from '../recognizers/recognizer.ts';
import { drawFitted } from './drawFitted.ts';
import type { EncodeJob, EncodeResult } from './encodeJob.ts';

/** A picture as a JPEG, and whether it shows anything else than the last one encoded. */
export type EncodedPicture =
  | { image: Uint8Array; changed: boolean }
  /** Nothing has changed, and so it was not encoded. */
  | { image: undefined; changed: false };

/** How a picture is encoded. */
export type EncodeOptions = Omit<EncodeJob, 'picture'>;

/** Encodes one picture after another as a JPEG of what a model sees of it. */
export interface FrameEncoder {
  /** Whether a picture is being encoded; `encode` may be called only when not. */
  readonly busy: boolean;
  /**
   * Draws the picture as the model's input, encodes it, and closes the picture.
   * @throws Error if the browser cannot, or the encoder was closed meanwhile
   */
  encode(picture: GrabbedFrame['picture'], options: EncodeOptions): Promise<EncodedPicture>;
  close(): void;
}

/** The encoder of this browser: in a worker, or in the page where workers have no canvas (iOS before 16.4). */
export function createFrameEncoder(): FrameEncoder {
  if (typeof OffscreenCanvas === 'undefined' || !('convertToBlob' in OffscreenCanvas.prototype)) {
    return new PageEncoder();
  }
  return new WorkerEncoder();
}

class WorkerEncoder implements FrameEncoder {
  readonly #worker = new Worker(new URL('./encode.worker.ts', import.meta.url), { name: 'frame encoder' });
  #settle: ((result: EncodeResult) => void) | undefined;
  /** Set when the worker fails to load or dies: from then on the page does the work itself. */
  #fallback: PageEncoder | undefined;

  constructor() {
    this.#worker.onmessage = (event: MessageEvent<EncodeResult>) => this.#finish(event.data);
    this.#worker.onerror = (event) => {
      this.#fallback ??= new PageEncoder();
      this.#finish({ ok: false, message: event.message || 'The encoder could not be loaded.' });
    };
  }

  get busy(): boolean {
    return this.#fallback?.busy ?? this.#settle !== undefined;
  }

  async encode(picture: GrabbedFrame['picture'], options: EncodeOptions): Promise<EncodedPicture> {
    if (this.#fallback) return this.#fallback.encode(picture, options);
    if (this.busy) throw new Error('The encoder takes one picture at a time.');
    const result = await new Promise<EncodeResult>((resolve) => {
      this.#settle = resolve;
      this.#worker.postMessage({ picture, ...options } satisfies EncodeJob, [picture]);
    });
    if (!result.ok) throw new Error(result.message);
    if (result.jpeg === undefined) return { image: undefined, changed: false };
    return { image: new Uint8Array(result.jpeg), changed: result.changed };
  }

  close(): void {
    this.#worker.terminate();
    this.#fallback?.close();
    this.#finish({ ok: false, message: 'The encoder was closed.' });
  }

  #finish(result: EncodeResult): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(result);
  }
}

class PageEncoder implements FrameEncoder {
  readonly #canvas = document.createElement('canvas');
  #busy = false;

  get busy(): boolean {
    return this.#busy;
  }

  async encode(picture: GrabbedFrame['picture'], options: EncodeOptions): Promise<EncodedPicture> {
    this.#busy = true;
    try {
      this.#canvas.width = options.input.width;
      this.#canvas.height = options.input.height;
      const context = this.#canvas.getContext('2d', { alpha: false });
      if (context === null) throw new Error('This browser has no 2D canvas.');
      drawFitted(context, picture, options.input);
      const blob = await new Promise<Blob | null>((resolve) => {
        this.#canvas.toBlob(resolve, 'image/jpeg', options.quality);
      });
      if (blob === null) throw new Error('This browser could not encode a JPEG.');
      // Comparing pictures here would cost the page what the worker saves.
      return { image: new Uint8Array(await blob.arrayBuffer()), changed: true };
    } finally {
      picture.close();
      this.#busy = false;
    }
  }

  close(): void {
    // Safari keeps a canvas's memory until it is empty.
    this.#canvas.width = 0;
    this.#canvas.height = 0;
  }
}
