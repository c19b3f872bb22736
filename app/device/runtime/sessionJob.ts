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

/** What a model's worker is asked: to open it, once and first of all, then picture by picture. */
export type SessionJob =
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
    }
  | {
      readonly type: 'run';
      readonly picture: GrabbedFrame['picture'];
      readonly options: RunOptions;
    };

/** What it answers; each job is answered once. While it opens, progress messages come before the answer. */
export type SessionAnswer =
  | SessionProgress
  | {
      readonly type: 'opened';
      readonly certificate: Certificate;
      readonly runtime: string;
      /** Median of one run, ms. */
      readonly inferMs: number;
    }
  | { readonly type: 'seen'; readonly result: RunResult }
  /** The picture could not be drawn; the next one may. */
  | { readonly type: 'unreadable'; readonly message: string }
  /** The worker is of no use from now on. */
  | { readonly type: 'failed'; readonly code: DeviceErrorCode; readonly message: string };

/** `loading`: files of the runtime arrive; `starting`: they have, and the model begins to run. */
export interface SessionProgress {
  readonly type: 'progress';
  readonly stage: 'loading' | 'starting';
}
