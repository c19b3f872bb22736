import { messageOf } from '../../../protocol/errors.ts';
import type { ModelInfo } from '../../../protocol/messages.ts';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import type { Box } from '../../../vision/geometry.ts';
import type { PictureAnswer } from '../../../vision/tasks/taskOf.ts';
import type { Head } from '../../../vision/things/head.ts';
import type { GrabbedFrame } from '../../capture/grabFrames.ts';
import type { SeenChange } from '../../capture/sceneWatch.ts';
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

/** Something took too long. On a machine that is busy now that says nothing of the next time. */
export class DeviceTimeout extends DeviceError {
  constructor(message: string, options?: ErrorOptions) {
    super('failed', message, options);
  }
}

/** Whether it may be otherwise the next time: files could not be fetched, or it took too long. */
export const isPassing = (error: unknown): boolean =>
  error instanceof DeviceTimeout || (error instanceof DeviceError && error.code === 'unreachable');

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
  /** If it shows something else in a small part, the model sees only that. Default false. */
  followsMotion?: boolean;
}

/** The answer for one picture; boxes in 0..1 of the picture. */
export type RunResult =
  | (SeenChange & {
      readonly answer: PictureAnswer;
      /** What the model saw, in 0..1 of the picture. */
      readonly seen: Box;
      /** Drawing the picture as the model's input. */
      readonly drawMs: number;
      readonly inferMs: number;
    })
  /** It shows what the previous one showed, and was not run. */
  | { readonly changed: false; readonly answer: undefined };

/** What one took part in a race with, and the median of its runs, ms. */
export interface RaceTime {
  readonly provider: 'wasm' | 'litert';
  readonly threads: number;
  readonly medianMs: number;
}

/** The names of those that are raced. */
export const RUNTIME_NAMES = { wasm: 'onnxruntime-web', litert: 'LiteRT.js' } as const satisfies Record<
  RaceTime['provider'],
  string
>;

/** What really computes on this device. */
export interface ProviderReport {
  /** `wasm`: onnxruntime-web with WebAssembly; `litert`: LiteRT.js, with WebAssembly as well. */
  readonly provider: 'webgpu' | 'wasm' | 'litert';
  /** Threads of one run; 1 for WebGPU. */
  readonly threads: number;
  /** Such as `onnxruntime-web 1.30.0`, `LiteRT.js 2.5.3`. */
  readonly runtime: string;
  /** One run, ms: the fastest of those when it was opened. */
  readonly inferMs: number;
  /** Why it is this one and not another, for a reader. */
  readonly why: string;
  /** What was measured in the race in which it was chosen; empty before that. */
  readonly race: readonly RaceTime[];
}

/**
 * One version of a model in memory, in a worker of its own, whose goldens ran in this browser: `certificate` says whether
 * they passed, and whether some are pending. Another worker may take over between two pictures (see `onRenewed`).
 */
export interface DeviceSession {
  readonly model: DeviceModel;
  readonly info: ModelInfo;
  readonly provider: ProviderReport;
  readonly certificate: Certificate;
  /** What names its answers, which have no names yet; absent for models that name things themselves. */
  readonly taught?: (() => Head | undefined) | undefined;
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
   * faster or to free memory; or it is known now why not; or another golden has run. If that does not agree, `certificate` does
   * not pass any more, and the session must not be used.
   */
  onRenewed(listener: () => void): () => void;
  /** Called once, when the worker has died without `close`; soon, where it has already. */
  onLost(listener: (why: DeviceError) => void): () => void;
  /** Ends the worker; its memory goes back to the system. Idempotent. */
  close(): void;
}
