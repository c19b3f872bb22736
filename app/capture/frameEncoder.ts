import type { ImageFormat } from '../../protocol/frame.ts';
import { followsPicture, inputFor } from '../../vision/steps.ts';
import { canvasToBlob } from './canvasToBlob.ts';
import { drawFitted, MAX_FRAME_SIDE_PX, sizeOf } from './drawFitted.ts';
import type { EncodeAnswer, EncodeJob, EncodeRequest, EncodeResult } from './encodeJob.ts';
import { encodeWithin } from './encodeWithin.ts';
import type { GrabbedFrame } from './grabFrames.ts';
import { canEncodeOffscreen, probeReaders } from './probeReaders.ts';
import type { PixelReport } from './readback.ts';
import type { SeenChange } from './sceneWatch.ts';

/** An encoded picture, and whether it shows anything else than the last one encoded. */
export type EncodedPicture =
  | ({ image: Uint8Array; format: ImageFormat; keptColours: boolean } & SeenChange)
  /** Nothing has changed, and so it was not encoded. */
  | { image: undefined; changed: false };

/** How a picture is encoded. */
export type EncodeOptions = Omit<EncodeJob, 'picture'>;

/**
 * Encodes one picture after another as a model sees it: as a JPEG, by the browser or,
 * where that would lose colours or show something else than the picture (see `probeReaders`), by `encodeJpeg`.
 */
export interface FrameEncoder {
  /** Whether a picture is being encoded; `encode` may be called only when not. */
  readonly busy: boolean;
  /**
   * Draws the picture as the model's input, encodes it, and closes the picture.
   * @throws Error if the browser cannot or gives no true pixels, or the encoder was closed
   */
  encode(picture: GrabbedFrame['picture'], options: EncodeOptions): Promise<EncodedPicture>;
  /** Checks again how pixels can be read here; pictures are encoded by the latest result. */
  probe(): Promise<PixelReport>;
  close(): void;
}

/** The encoder of this browser: in a worker, or in the page where workers have no canvas (iOS before 16.4). */
export function createFrameEncoder(): FrameEncoder {
  return canEncodeOffscreen() ? new WorkerEncoder() : new PageEncoder();
}

class WorkerEncoder implements FrameEncoder {
  readonly #worker = new Worker(new URL('./encode.worker.ts', import.meta.url), { name: 'frame encoder' });
  #settle: ((result: EncodeResult) => void) | undefined;
  readonly #probes: ((report: PixelReport | Promise<PixelReport>) => void)[] = [];
  /** Set when the worker fails to load or dies: from then on the page does the work itself. */
  #fallback: PageEncoder | undefined;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<EncodeAnswer>) => {
      if (data.type === 'encoded') this.#finish(data.result);
      else this.#probes.shift()?.(data.report);
    };
    this.#worker.onerror = (event) => {
      this.#fallback ??= new PageEncoder();
      for (const resolve of this.#probes.splice(0)) resolve(this.#fallback.probe());
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
      // First, as it throws for a picture that was closed: else the encoder would be busy forever.
      this.#worker.postMessage({ type: 'encode', picture, ...options } satisfies EncodeRequest, [picture]);
      this.#settle = resolve;
    });
    if (!result.ok) throw new Error(result.message);
    return result;
  }

  async probe(): Promise<PixelReport> {
    if (this.#fallback) return this.#fallback.probe();
    return new Promise((resolve) => {
      this.#probes.push(resolve);
      this.#worker.postMessage({ type: 'probe' } satisfies EncodeRequest);
    });
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
  #report: Promise<PixelReport> | undefined;

  get busy(): boolean {
    return this.#busy;
  }

  async encode(picture: GrabbedFrame['picture'], options: EncodeOptions): Promise<EncodedPicture> {
    this.#busy = true;
    try {
      this.#report ??= probeReaders();
      // A browser without a canvas in workers has no way around the usual one.
      if ((await this.#report).reader !== 'canvas') {
        throw new Error('This browser does not give the pixels of pictures.');
      }
      const { input, quality, maxBytes = Number.POSITIVE_INFINITY } = options;
      let drawnAt = 0;
      const encode = (at: number, scale: number) => {
        if (scale !== drawnAt) this.#draw(picture, input, scale);
        drawnAt = scale;
        return canvasToBlob(this.#canvas, 'image/jpeg', at);
      };
      const blob = await encodeWithin(maxBytes, quality, encode, followsPicture(input));
      // Comparing pictures here would cost the page what the worker saves.
      return {
        image: new Uint8Array(await blob.arrayBuffer()),
        format: 'jpeg',
        keptColours: false,
        changed: true,
      };
    } finally {
      picture.close();
      this.#busy = false;
    }
  }

  /** @param scale share of the sides that it has at the most */
  #draw(picture: GrabbedFrame['picture'], described: EncodeJob['input'], scale: number): void {
    const size = sizeOf(picture);
    const full = inputFor(described, size, MAX_FRAME_SIDE_PX);
    const input = inputFor(described, size, scale * Math.max(full.width, full.height));
    this.#canvas.width = input.width;
    this.#canvas.height = input.height;
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser has no 2D canvas.');
    drawFitted(context, picture, input);
  }

  probe(): Promise<PixelReport> {
    this.#report = probeReaders().then((report) =>
      report.reader === 'video-frame' ? { ...report, reader: 'none' } : report,
    );
    return this.#report;
  }

  close(): void {
    // Safari keeps a canvas's memory until it is empty.
    this.#canvas.width = 0;
    this.#canvas.height = 0;
  }
}
