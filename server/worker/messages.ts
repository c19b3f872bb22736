import type { ImageFormat } from '../../protocol/frame.ts';
import type { Timing } from '../../protocol/messages.ts';
import type { Detection } from '../../vision/tracker.ts';

/**
 * What crosses the pipe between the server and a worker. Both ends are built together from this file, so it is not
 * parsed again there; pictures travel as bytes (`serialization: 'advanced'`).
 */
export type ToWorker =
  | { type: 'load'; models: readonly { id: string; dir: string }[]; threads: number }
  | { type: 'run'; id: number; model: string; format: ImageFormat; image: Uint8Array };

export type FromWorker =
  | { type: 'ready'; models: readonly LoadedModel[]; loadMs: number }
  | {
      type: 'done';
      id: number;
      detections: readonly Detection[];
      timing: Pick<Timing, 'decodeMs' | 'inferMs'>;
    }
  | { type: 'undecodable'; id: number; detail: string };

/** A model that loaded and agrees with its goldens, or why it does not serve. */
export type LoadedModel = { id: string } & ({ ok: true } | { ok: false; why: string });
