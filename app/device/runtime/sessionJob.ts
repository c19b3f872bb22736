import type { DeviceModel } from '../../../vision/deviceModel.ts';
import type { GrabbedFrame } from '../../capture/grabFrames.ts';
import type { Certificate } from './certificate.ts';
import type { DeviceErrorCode, ProviderReport, RunOptions, RunResult } from './deviceSession.ts';

/** With what a worker is to run its model. */
export interface ProviderChoice {
  readonly provider: ProviderReport['provider'];
  /** Threads of one run; 1 for WebGPU. */
  readonly threads: number;
  /** Whether WebGPU will do that the processor only plays. */
  readonly mayBeSoftware?: boolean;
}

/**
 * What runs before a worker is open. `whole`: all goldens, and what tells its speed. `begun`: the first golden; the others run
 * by `prove`. `known`: nothing, as they agreed in this browser before.
 */
export type ProofDepth = 'whole' | 'begun' | 'known';

/** What a model's worker is asked: to open it, once and first of all, then picture by picture. */
export type SessionJob =
  /** To load the runtime, while the model's files are on their way; has no answer. `open` comes after it, or never. */
  | { readonly type: 'load'; readonly runtimeUrl: string; readonly choice: ProviderChoice }
  | {
      readonly type: 'open';
      readonly model: DeviceModel;
      /** By their names. */
      readonly graphs: Readonly<Record<string, ArrayBuffer>>;
      /** The pictures of the goldens, in their order. */
      readonly pictures: readonly ArrayBuffer[];
      /** Where the runtime's files are: the absolute address of a folder. */
      readonly runtimeUrl: string;
      readonly choice: ProviderChoice;
      readonly proof: ProofDepth;
    }
  | {
      readonly type: 'run';
      readonly picture: GrabbedFrame['picture'];
      readonly options: RunOptions;
    }
  /** To run the first golden once more, for a comparison of speed. */
  | { readonly type: 'time' }
  /** To run the next golden. */
  | { readonly type: 'prove' };

/** What it answers; each job but `load` is answered once. While it opens, `alive` and progress messages come before the answer. */
export type SessionAnswer =
  | SessionProgress
  /** Once a second while it opens: its thread is free, and it waits for files or for other threads. */
  | { readonly type: 'alive' }
  | {
      readonly type: 'opened';
      /** Undefined where it was known before. */
      readonly certificate: Certificate | undefined;
      readonly runtime: string;
      /** The fastest run, ms; undefined where nothing ran. */
      readonly inferMs: number | undefined;
    }
  | { readonly type: 'proved'; readonly certificate: Certificate; readonly inferMs: number }
  | { readonly type: 'seen'; readonly result: RunResult }
  | { readonly type: 'timed'; readonly inferMs: number }
  /** The picture could not be drawn; the next one may. */
  | { readonly type: 'unreadable'; readonly message: string }
  /** The worker is of no use from now on. */
  | {
      readonly type: 'failed';
      readonly code: DeviceErrorCode;
      readonly message: string;
      /** Whether it took too long. */
      readonly isTimeout?: true;
    };

/** `loading`: files of the runtime arrive; `starting`: they have, and the model begins to run. */
export interface SessionProgress {
  readonly type: 'progress';
  readonly stage: 'loading' | 'starting';
}
