import type { ModelInfo } from '../../protocol/messages.ts';
import type { GrabbedFrame } from '../recognizers/recognizer.ts';

/** What the encoder's worker is asked: draw the picture as the model's input and encode it. */
export interface EncodeJob {
  picture: GrabbedFrame['picture'];
  /** Its size in pixels, and how a picture of another shape is fitted to it. */
  input: ModelInfo['input'];
  /** 0..1 */
  quality: number;
  /** Whether a picture that shows the same as the last one encoded is worth nothing. */
  skipUnchanged: boolean;
  /** For a model beside the first: it is not compared with the last one, nor remembered. */
  isAside: boolean;
}

/** The worker's answer: the JPEG, none because nothing has changed, or why there is none. */
export type EncodeResult =
  | { ok: true; jpeg: ArrayBuffer; changed: boolean }
  | { ok: true; jpeg: undefined; changed: false }
  | { ok: false; message: string };
