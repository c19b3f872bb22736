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

/** Milliseconds that a frame spent in each part; together they are its age. */
export type AgeSplit = Readonly<Record<AgePart, number>>;

/** What is known of a labelled frame when its labels arrive. Times in ms of the page's clock. */
export interface FrameTrace {
  capturedAtMs: number;
  /** When the encoder got the picture. */
  grabbedAtMs: number;
  /** When the frame was handed to the socket. */
  sentAtMs: number;
  arrivedAtMs: number;
  timing: ServerMessageOf<'labels'>['timing'];
  link: LinkTimes;
}

/**
 * Where the age of labels that were drawn at `drawnAtMs` comes from. `queue` is all of the stay at the server that is
 * neither decoding nor inference: waiting for a worker, and being handed from process to process.
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
