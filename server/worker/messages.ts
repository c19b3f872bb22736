import type { Timing } from '../../protocol/messages.ts';
import type { WireSentence } from '../../protocol/sentence.ts';
import type { ModelInput } from '../../vision/manifest.ts';
import type { Golden, PictureAnswer } from '../../vision/tasks/taskOf.ts';
import type { RuntimeInfo } from '../inference/runtime.ts';
import type { ModelRef, VersionRef } from '../library/modelRef.ts';
import type { FrameJob, FrameResult } from '../queue/frameQueue.ts';
import type { DecodedPicture } from './decoder/messages.ts';

/**
 * What crosses the pipe between the server and a worker. Both ends are built together from this file, so it is not
 * parsed again there; pictures travel as bytes (`serialization: 'advanced'`).
 */
export type ToWorker =
  | {
      type: 'load';
      models: readonly ModelRef[];
      /** The numbers of cores on which this worker may be asked to run, e.g. [1, 2]; one session of the runtime for each. */
      widths: readonly number[];
    }
  /** One model more, which another worker has loaded and proven. Answered by `added`. */
  | { type: 'add'; model: ModelRef }
  /** Runs a version that it holds on an accelerator, once that agrees with the goldens; the processor's sessions stay. Answered by `added`. */
  | ({ type: 'accelerate'; model: VersionRef } & Accelerator)
  /** Back to the processor. */
  | { type: 'decelerate'; model: VersionRef }
  /** No one asks for this version any more. */
  | { type: 'remove'; model: VersionRef }
  /** Answered by `done`. */
  | ({ type: 'run'; id: number } & FrameRun)
  /** Answered immediately by a worker that has nothing to do. */
  | { type: 'ping' };

/** What won a race. */
export interface Accelerator {
  /** Of the runtime. */
  readonly provider: string;
  /** The numbers of pictures that it runs at once, smallest first; none where one at a time is better. */
  readonly batches: readonly number[];
}

/** What a worker is to do with a frame, or with several of one model, which it runs at once where it can. */
export interface FrameRun {
  readonly jobs: readonly FrameJob[];
  /** Of the jobs' model: a worker may hold two while one takes over from the other. */
  readonly version: string;
  /** Of the model that a lone job names as its embedder. */
  readonly embedder?: VersionRef | undefined;
  /** Number of cores. */
  readonly width: number;
  /** The picture of a lone job, where a decoder has decoded it; the job's `image` is empty then. */
  readonly decoded?: DecodedPicture | undefined;
}

/** What a worker made of a frame. */
export type WorkerResult =
  | { kind: 'answered'; answer: PictureAnswer; timing: Pick<Timing, 'decodeMs' | 'inferMs'> }
  | Extract<FrameResult, { kind: 'dropped' }>
  /**
   * Its picture is too costly to decode for a worker, or to be decoded with its tiles. `input` is what a decoder has to
   * make of it, `stepsMs` what the steps cost in addition to decoding.
   */
  | { kind: 'decodeElsewhere'; input: ModelInput; stepsMs: number };

export type FromWorker =
  /** Sent before each model: should the process end then, this one was the cause. */
  | { type: 'loading'; id: string }
  | { type: 'ready'; models: readonly LoadedModel[]; loadMs: number; runtime: RuntimeInfo }
  /** @param why it could not be loaded; absent where it was */
  | { type: 'added'; why?: string }
  /** @param results one for each job, in their order */
  | { type: 'done'; id: number; results: readonly WorkerResult[] }
  /** An accelerator failed over a frame, which the processor answered then; it is not used any more. */
  | { type: 'unaccelerated'; model: VersionRef; why: string }
  /** Resident memory of the process, bytes: when it is ready, and from time to time. */
  | { type: 'memory'; rssBytes: number }
  | { type: 'pong' };

/** A model that loaded and agrees with its goldens, or why it does not serve. */
export type LoadedModel = { readonly id: string; readonly version: string } & (
  | ({ readonly ok: true } & LoadedCost)
  | {
      readonly ok: false;
      readonly why: string;
      readonly sentence?: WireSentence;
      readonly details?: readonly string[];
    }
);

/** What was found out when a model was loaded. */
export interface LoadedCost {
  /** Median of a run on the fewest cores, ms. */
  readonly inferMs: number;
  /** See `modelMemory`; the runtime itself is not counted. */
  readonly memoryBytes: number;
  /** Largest difference from what the goldens record; 0 without goldens. */
  readonly largestDifference: number;
  /** Who recorded the goldens. */
  readonly recordedBy: string | undefined;
  /** What this runtime gave for each golden, by the name of its picture in the manifest. */
  readonly answers: ReadonlyMap<string, Golden>;
}
