import type { Label } from '../../protocol/messages.ts';
import type { PixelReader } from '../capture/readback.ts';

/** What the page sends to the worker that reads codes. */
export type CodesRequest =
  /** First: where the reader's WebAssembly is, an absolute URL. */
  | { type: 'open'; wasmUrl: string }
  /** One picture; the worker closes it. */
  | {
      type: 'read';
      picture: ImageBitmap | VideoFrame;
      capturedAtMs: number;
      /** How true pixels are read in this browser. */
      reader: Exclude<PixelReader, 'none'>;
      /** All that can be found, in whatever time: for a picture that stands still. */
      isStill: boolean;
    };

/** What the worker answers, one for each request. */
export type CodesAnswer =
  | { type: 'opened' }
  | { type: 'labels'; labels: readonly Label[] }
  | { type: 'failed'; message: string };
