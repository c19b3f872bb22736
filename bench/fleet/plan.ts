/**
 * Where frames wait and how they come to workers.
 * `memory`: the queue of one machine, with workers in the same process. `socket`: the same queue, with workers in other processes,
 * over a local socket. `nats`: the queue of many machines. `group`: no queue of ours: frames as requests to a queue group of NATS.
 */
export type Side = 'memory' | 'socket' | 'nats' | 'group';

/** Cameras that are alike. */
export interface FleetCameras {
  readonly count: number;
  readonly perSecond: number;
  /** Share of the interval by which a frame is early or late at most. */
  readonly jitter: number;
}

/** What the gateway's process is asked to do. */
export interface FleetPlan {
  readonly side: Side;
  readonly cameras: readonly FleetCameras[];
  /** Bytes of a frame. */
  readonly frameBytes: number;
  /** Maximum number of frames in flight of a camera, as a session has credits. Infinity: a camera never waits. */
  readonly credits: number;
  /** Not counted. */
  readonly warmMs: number;
  readonly durationMs: number;
  /** Of the side `memory`: one worker each, which takes this time, ms. */
  readonly workersMs: readonly number[];
  /** Cameras begin at moments, and have jitter, that follow from it. */
  readonly seed: number;
}

export interface FleetCameraReport {
  /** Frames that it had in the measured time, with those that found no credit. */
  offered: number;
  /** Times in ms; `atMs` since the measured time began. The age is that of the frame when its answer came to the gateway. */
  readonly answers: { atMs: number; ageMs: number; queueMs: number }[];
}

export interface FleetReport {
  readonly measuredMs: number;
  /** Processor time of the gateway's process in the measured time, ms. The cameras are in it. */
  readonly cpuMs: number;
  readonly cameras: readonly FleetCameraReport[];
}

/** What a worker's process is asked. */
export type WorkerOrder =
  | { readonly kind: 'work'; readonly side: Exclude<Side, 'memory'>; readonly workMs: number }
  | { readonly kind: 'use' }
  | { readonly kind: 'rest' };

/** Of a worker's process since it began. */
export interface WorkerUse {
  readonly cpuMs: number;
}

/** As the product's defaults. */
export const MAX_AGE_MS = 1_000;
export const REFRESH_MS = 100;
export const MODEL = 'fixed-time';
