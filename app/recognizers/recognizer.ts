import type { LinkReading } from '../../client/stream/linkMeter.ts';
import type { ModelSelection } from '../../client/stream/modelSelection.ts';
import type { FrameLabels as StreamLabels } from '../../client/stream/stream.ts';
import type { ModelInfo } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import type { FrameSink } from '../capture/grabFrames.ts';
import type { SentPicture } from './framePicture.ts';

/** Where the model of a frame runs. */
export type Backend = 'server' | 'device';

/** The labels of one frame, as a stream brings them or this device gives them. Boxes are in 0..1 of the whole picture. */
export interface FrameLabels
  extends Pick<
    StreamLabels,
    'labels' | 'modelIndex' | 'session' | 'capturedAtMs' | 'maxLabelAgeMs' | 'trace' | 'points'
  > {
  readonly backend: Backend;
}

/** A frame that shows what the last labelled one showed. */
export interface UnchangedFrame {
  readonly capturedAtMs: number;
  /** The models whose labels hold for this frame too (see `FrameLabels.modelIndex`). */
  readonly modelIndexes: readonly number[];
}

export type RecognizerState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'ready'; readonly model: ModelInfo }
  /** Away, and retried automatically: `never` reached so far, or `lost`. */
  | {
      readonly kind: 'reconnecting';
      readonly reached: 'never' | 'lost';
      readonly retryAtMs: number | undefined;
    }
  | { readonly kind: 'busy'; readonly retryAtMs: number | undefined }
  /** The server refuses the token. `code`: `unauthorized` where it is none that it knows, `token_expired`, `insufficient_scope`. */
  | { readonly kind: 'unauthorized'; readonly code?: string; readonly message: string }
  /** `code`: of protocol/errors.ts or of this device; where there is one. */
  | { readonly kind: 'failed'; readonly code?: string; readonly message: string };

/** The same for the same version of the same model. */
export const keyOfModel = ({ id, version }: ModelInfo): string => `${id} ${version}`;

/**
 * Turns frames into labels: on the server, or on this device. Each `on…` returns its disposer. Nothing is sent
 * anywhere and nothing is computed before `start` and after `stop`.
 */
export interface Recognizer extends FrameSink {
  /** Starts, or tries again after it was refused. */
  start(): void;
  stop(): void;
  /**
   * Selects the models, and the lowest score of their labels; what is left out is the recognizer's choice. The next
   * frame is processed, whether anything has changed in it or not.
   */
  configure(selection: ModelSelection): void;
  /** Something was tapped: a still scene is looked at more closely there, box in 0..1 of the picture; undefined: no more. */
  lookCloser(box: Box | undefined): void;
  /** Ends a wait for the next try, if there is one. */
  retryNow(): void;
  /** What goes over the link; undefined while there is none. */
  readLink(): LinkReading | undefined;
  /** What was sent last for the primary model; undefined where nothing was. */
  readPicture(): SentPicture | undefined;
  /** How long the oldest frame that waits for its answer has been waiting, ms; undefined if none waits. */
  oldestWaitMs(): number | undefined;
  onLabels(listener: (frame: FrameLabels) => void): () => void;
  /** Called for a frame that shows what the last labelled one showed. */
  onUnchanged(listener: (frame: UnchangedFrame) => void): () => void;
  onState(listener: (state: RecognizerState) => void): () => void;
  /** Called when the selected model is not there; another one is used. */
  onModelLost(listener: (why: string) => void): () => void;
  /** Stops and frees everything; the recognizer cannot be used afterwards. Idempotent. */
  close(): void;
}
