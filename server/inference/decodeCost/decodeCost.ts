import type { ImageFormat } from '../../../protocol/frame.ts';
import type { Size } from '../../../vision/steps.ts';
import type { DecodeCost } from './cost.ts';
import { baselineMs, jpegCost } from './jpegCost.ts';
import { pngCost } from './pngCost.ts';
import { webpCost } from './webpCost.ts';

/** A worker decodes only what takes no longer than this, ms, so that frames of others never wait for it. */
const IN_WORKER_MS = 40;
/** The same for kinds whose work the headers do not bound: a picture of 640 x 640 pixels. */
const UNBOUNDED_IN_WORKER_MS = 10;

/** Reads the headers of a picture: at most one pass over its bytes, in steps from marker to marker. Never throws. */
export function decodeCost(image: Uint8Array, format: ImageFormat): DecodeCost {
  // A view, not a copy: `indexOf` of Buffer is the quick one.
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  switch (format) {
    case 'jpeg':
      return jpegCost(bytes);
    case 'png':
      return pngCost(bytes);
    case 'webp':
      return webpCost(bytes);
    default:
      return format satisfies never;
  }
}

/** Whether a worker, which also runs models, may decode it itself. */
export const fitsWorker = ({ ms, isBounded }: DecodeCost): boolean =>
  ms <= (isBounded ? IN_WORKER_MS : UNBOUNDED_IN_WORKER_MS);

/** The same for a JPEG that a page sent, should it be one that `decodeAsSent` takes: its bytes need not be read for it. */
export const fitsAsSent = (image: Uint8Array, { width, height }: Size, maxMs: number): boolean =>
  baselineMs((3 * width * height) / 1e6, image.length) <= Math.min(maxMs, IN_WORKER_MS);
