import type { ImageFormat } from '../../protocol/frame.ts';
import type { ModelInfo } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import type { GrabbedFrame } from './grabFrames.ts';
import type { PixelReport } from './readback.ts';

/** Draw the picture as the model's input and encode it. */
export interface EncodeJob {
  picture: GrabbedFrame['picture'];
  /** Its size in pixels, and how a picture of another shape is fitted to it. */
  input: ModelInfo['input'];
  /** 0..1 */
  quality: number;
  /** Whether a picture that shows the same as the last one encoded is worth nothing. */
  skipUnchanged: boolean;
  /** For a secondary model: it is not compared with the previous frame, nor kept for the next comparison. */
  isSecondary: boolean;
  /**
   * If it shows the same as the last one encoded, only this part is drawn, in 0..1 of what is seen of the whole. Default: the
   * whole.
   */
  part?: Box | undefined;
}

/** What the encoder's worker is asked: to encode a picture, or to find out how pixels can be read. */
export type EncodeRequest = ({ type: 'encode' } & EncodeJob) | { type: 'probe' };

/** The encoded picture, none because nothing has changed, or why there is none. */
export type EncodeResult =
  | { ok: true; image: Uint8Array<ArrayBuffer>; format: ImageFormat; changed: boolean }
  | { ok: true; image: undefined; changed: false }
  | { ok: false; message: string };

/** The worker's answers: one to each request, those of one type in the order of its requests. */
export type EncodeAnswer =
  | { type: 'encoded'; result: EncodeResult }
  | { type: 'report'; report: PixelReport };
