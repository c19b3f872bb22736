import type { GrabbedFrame, SizePx } from '../recognizers/recognizer.ts';

/** What the encoder's worker is asked: draw the picture at `size` and encode it. */
export interface EncodeJob {
  picture: GrabbedFrame['picture'];
  size: SizePx;
  /** 0..1 */
  quality: number;
  /** Whether a picture that shows the same as the last one encoded is worth nothing. */
  skipUnchanged: boolean;
}

/** The worker's answer: the JPEG, none because nothing has changed, or why there is none. */
export type EncodeResult =
  | { ok: true; jpeg: ArrayBuffer; changed: boolean }
  | { ok: true; jpeg: undefined; changed: false }
  | { ok: false; message: string };
