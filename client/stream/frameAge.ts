import type { ServerMessageOf } from '../../protocol/messages.ts';
import type { LinkTimes } from './clockOffset.ts';

/** The parts of an age, in the order in which a frame goes through them. */
export const AGE_PARTS = [
  'capture',
  'encode',
  'uplink',
  'queue',
  'decode',
  'infer',
  'downlink',
  'draw',
] as const;
export type AgePart = (typeof AGE_PARTS)[number];

/** Milliseconds that a frame spent in each part; their sum is its age. */
export type AgeSplit = Readonly<Record<AgePart, number>>;

/** The times of a labelled frame until its labels arrived, ms of the client's clock. */
export interface FrameTrace {
  capturedAtMs: number;
  /** When encoding began. */
  grabbedAtMs: number;
  sentAtMs: number;
  arrivedAtMs: number;
  timing: ServerMessageOf<'labels'>['timing'];
  link: LinkTimes;
}

/**
 * Splits the age of labels that are drawn at `drawnAtMs` into its parts. `queue` is all of the time at the server that is
 * neither decoding nor inference: waiting for a worker, and passing from process to process.
 *
 * @example
 * stream.onLabels(({ trace }) => {
 *   const { uplink, infer, downlink } = splitAge(trace, performance.now());
 *   console.log(`up ${uplink} ms, inference ${infer} ms, down ${downlink} ms`);
 * });
 */
export function splitAge(trace: FrameTrace, drawnAtMs: number): AgeSplit {
  const { timing, link } = trace;
  return {
    capture: Math.max(0, trace.grabbedAtMs - trace.capturedAtMs),
    encode: Math.max(0, trace.sentAtMs - trace.grabbedAtMs),
    uplink: link.uplinkMs,
    queue: Math.max(0, timing.serverMs - timing.decodeMs - timing.inferMs),
    decode: timing.decodeMs,
    infer: timing.inferMs,
    downlink: link.downlinkMs,
    draw: Math.max(0, drawnAtMs - trace.arrivedAtMs),
  };
}
