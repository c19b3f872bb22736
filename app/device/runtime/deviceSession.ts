import { messageOf } from '../../../protocol/errors.ts';
import type { ModelInfo } from '../../../protocol/messages.ts';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import type { Box } from '../../../vision/geometry.ts';
import type { PictureAnswer } from '../../../vision/tasks/taskOf.ts';
import type { GrabbedFrame } from '../../capture/grabFrames.ts';
import type { Certificate } from './certificate.ts';

export type DeviceErrorCode =
  | 'unreachable'
  | 'unauthorized'
  | 'quota'
  | 'hash'
  | 'memory'
  | 'unsupported'
  | 'no_model'
  | 'gone'
  | 'failed';

/** Why something does not work on this device; `code` as in `DevicePhase`, and `gone`: the server has no such file, or no more. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  constructor(
    readonly code: DeviceErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The error as one of this device; what is not one is `failed`. */
export const asDeviceError = (error: unknown): DeviceError =>
  error instanceof DeviceError ? error : new DeviceError('failed', messageOf(error), { cause: error });

export interface RunOptions {
  /** Whether a picture that shows the same as the last one is worth nothing. */
  skipUnchanged: boolean;
  /** A frame of a secondary model, or a single picture: neither compared with the previous frame, nor kept for the next comparison. */
  isSecondary: boolean;
  /** A single picture, with no next one for what there is no time for. Default false. */
  isStill?: boolean;
  /** If it shows the same as the last one, the model sees only this part, in 0..1 of what it sees of the whole. Default: the whole. */
  part?: Box | undefined;
}

/** The answer for one picture; boxes in 0..1 of the picture. */
export type RunResult =
  | {
      readonly changed: boolean;
      readonly answer: PictureAnswer;
      /** What the model saw, in 0..1 of the picture. */
      readonly seen: Box;
      /** Drawing the picture as the model's input. */
      readonly drawMs: number;
      readonly inferMs: number;
    }
  /** It shows what the previous one showed, and was not run. */
  | { readonly changed: false; readonly answer: undefined };

/** What really computes on this device. */
export interface ProviderReport {
  readonly provider: 'webgpu' | 'wasm';
  /** Threads of one run; 1 for WebGPU. */
  readonly threads: number;
  /** Such as `onnxruntime-web 1.30.0`. */
  readonly runtime: string;
  /** One run, ms: the fastest of those when it was opened. */
  readonly inferMs: number;
  /** Why it is this one and not another, for a reader. */
  readonly why: string;
}

/**
 * One version of a model in memory, in a worker of its own, whose goldens ran in this browser: `certificate` says whether
 * they passed. Another worker may take over between two pictures (see `onRenewed`).
 */
export interface DeviceSession {
  readonly model: DeviceModel;
  readonly info: ModelInfo;
  readonly provider: ProviderReport;
  readonly certificate: Certificate;
  /** Whether a run is pending; `run` may be called only when not. */
  readonly busy: boolean;
  /**
   * Runs the model on a picture, and closes the picture.
   * @throws DeviceError when the worker is gone; `onLost` listeners are called too, unless it was closed
   * @throws Error when the picture cannot be drawn; the next one may
   */
  run(picture: GrabbedFrame['picture'], options: RunOptions): Promise<RunResult>;
  /**
   * Called when `provider` or `certificate` changed: another worker of the same model took over, because its provider is
   * faster or to free memory; or it is known now why not.
   */
  onRenewed(listener: () => void): () => void;
  /** Called once, when the worker has died without `close`; soon, where it has already. */
  onLost(listener: (why: DeviceError) => void): () => void;
  /** Ends the worker; its memory goes back to the system. Idempotent. */
  close(): void;
}
