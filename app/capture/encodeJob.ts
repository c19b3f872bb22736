import type { ImageFormat } from '../../protocol/frame.ts';
import type { ModelInfo } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import type { GrabbedFrame } from './grabFrames.ts';
import type { PixelReport } from './readback.ts';
import type { SeenChange } from './sceneWatch.ts';

/** Draw the picture as the model's input and encode it. */
export interface EncodeJob {
  picture: GrabbedFrame['picture'];
  /** Its size in pixels, and how a picture of another shape is fitted to it. */
  input: ModelInfo['input'];
  /** 0..1 */
  quality: number;
  /** The most that the picture may have, bytes: it gets coarser, or smaller where the model takes that, until it fits. Default: any. */
  maxBytes?: number | undefined;
  /** Whether each pixel keeps its colour, where this device is fast enough; not where the page has to encode. */
  keepsColours: boolean;
  /** Whether a picture that shows the same as the last one encoded is worth nothing. */
  skipUnchanged: boolean;
  /** For a secondary model: it is not compared with the previous frame, nor kept for the next comparison. */
  isSecondary: boolean;
  /** Whether the scene has come to rest: if it shows the same as the last one encoded, its labels are known. Default false. */
  isSignOfLife?: boolean;
  /**
   * If it shows the same as the last one encoded, only this part is drawn, in 0..1 of what is seen of the whole. Default: the
   * whole.
   */
  part?: Box | undefined;
  /** If it shows something else in a small part, only that part is drawn. Default false. */
  followsMotion?: boolean;
}

/** What the encoder's worker is asked: to encode a picture, or to find out how pixels can be read. */
export type EncodeRequest = ({ type: 'encode' } & EncodeJob) | { type: 'probe' };

/** The encoded picture, none because nothing has changed, or why there is none. */
export type EncodeResult =
  | ({ ok: true; image: Uint8Array<ArrayBuffer>; format: ImageFormat; keptColours: boolean } & SeenChange)
  | { ok: true; image: undefined; changed: false }
  | { ok: false; message: string };

/** The worker's answers: one to each request, those of one type in the order of its requests. */
export type EncodeAnswer =
  | { type: 'encoded'; result: EncodeResult }
  | { type: 'report'; report: PixelReport };
