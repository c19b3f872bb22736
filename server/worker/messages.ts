import type { Timing } from '../../protocol/messages.ts';
import type { Detection } from '../../vision/tracker.ts';
import type { FrameJob } from '../queue/frameQueue.ts';

/**
 * What crosses the pipe between the server and a worker. Both ends are built together from this file, so it is not
 * parsed again there; pictures travel as bytes (`serialization: 'advanced'`).
 */
export type ToWorker =
  | {
      type: 'load';
      models: readonly { id: string; dir: string }[];
      /** On how many cores this worker may be asked to run, e.g. [1, 2]; one session of the runtime for each. */
      widths: readonly number[];
    }
  | ({ type: 'run'; id: number; model: string; width: number } & Omit<FrameJob, 'key' | 'model'>);

export type FromWorker =
  | { type: 'ready'; models: readonly LoadedModel[]; loadMs: number }
  | {
      type: 'done';
      id: number;
      detections: readonly Detection[];
      embedding?: Float32Array | undefined;
      timing: Pick<Timing, 'decodeMs' | 'inferMs'>;
    }
  | { type: 'undecodable'; id: number; detail: string };

/** A model that loaded and agrees with its goldens, or why it does not serve. */
export type LoadedModel = { id: string } & ({ ok: true } | { ok: false; why: string });
