import type { GrabbedFrame, SizePx } from '../recognizers/recognizer.ts';

/** What the encoder's worker is asked: draw the picture at `size` and encode it. */
export interface EncodeJob {
  picture: GrabbedFrame['picture'];
  size: SizePx;
  /** 0..1 */
  quality: number;
}

/** The worker's answer: the JPEG, or why there is none. */
export type EncodeResult = { ok: true; jpeg: ArrayBuffer } | { ok: false; message: string };
