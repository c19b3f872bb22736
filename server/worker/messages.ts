import type { Timing } from '../../protocol/messages.ts';
import type { WireSentence } from '../../protocol/sentence.ts';
import type { ModelInput } from '../../vision/manifest.ts';
import type { Golden, PictureAnswer } from '../../vision/tasks/taskOf.ts';
import type { ModelRef, VersionRef } from '../library/modelRef.ts';
import type { FrameJob } from '../queue/frameQueue.ts';
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
  /** No one asks for this version any more. */
  | { type: 'remove'; model: VersionRef }
  | ({ type: 'run'; id: number; width: number; picture: EncodedPicture | DecodedPicture } & RunJob)
  /** Answered immediately by a worker that has nothing to do. */
  | { type: 'ping' };

/** What a worker has to know of a frame in addition to its picture. */
export interface RunJob extends Pick<FrameJob, 'model' | 'maxLabels' | 'stream'> {
  /** A worker may hold two versions of a model while one takes over from the other. */
  readonly version: string;
}

/** A picture as it came. */
export interface EncodedPicture extends Omit<FrameJob, 'key' | keyof RunJob> {
  readonly kind: 'encoded';
}

export type FromWorker =
  /** Sent before each model: should the process end then, this one was the cause. */
  | { type: 'loading'; id: string }
  | { type: 'ready'; models: readonly LoadedModel[]; loadMs: number }
  /** @param why it could not be loaded; absent where it was */
  | { type: 'added'; why?: string }
  | {
      type: 'done';
      id: number;
      answer: PictureAnswer;
      timing: Pick<Timing, 'decodeMs' | 'inferMs'>;
    }
  | { type: 'undecodable'; id: number; detail: string }
  /** By its headers it takes more than `maxDecodeMs`. */
  | { type: 'tooCostly'; id: number; detail: string }
  /** Allowed, but too costly to decode for a worker, or to be decoded with its tiles. `input` is what a decoder has to make of it, `stepsMs` what the steps cost. */
  | { type: 'decodeElsewhere'; id: number; input: ModelInput; stepsMs: number }
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
