import type { FleetCameras } from './plan.ts';

/** The loads of the line `fleet`, which the model of bench/scale is checked against. */

/** Of the model, ms. */
export const WORK_MS = 40;
export const WORKERS = [1, 2, 4, 8];
export const SCALING_CAMERAS: readonly FleetCameras[] = [cameras(48, 10, 0.2)];

/** 60 % of what its workers can do. */
export const AGE_CAMERAS: readonly FleetCameras[] = [cameras(12, 5, 0.2)];
export const AGE_WORKERS = 4;

export const MIXED_WORKERS_MS = [10, 100, 10, 100];
const MIXED_PER_SECOND = 5;
/** Frames for a share of the labels that workers give a second. */
export const mixedCameras = (labelsPerSecond: number, share: number): readonly FleetCameras[] => [
  cameras(Math.round((share * labelsPerSecond) / MIXED_PER_SECOND), MIXED_PER_SECOND, 0.2),
];
/** A label that comes later than this is of no use where a camera has five frames a second. */
export const IN_TIME_MS = 300;

/** Loads that a mailbox of NATS alone is unfair with. */
export const FAIR_LOADS: readonly { readonly name: string; readonly cameras: readonly FleetCameras[] }[] = [
  { name: '8 x 30/s, steady', cameras: [cameras(8, 30, 0)] },
  { name: '8 x 30/s, 20 % jitter', cameras: [cameras(8, 30, 0.2)] },
  { name: '1 x 100/s + 7 x 10/s', cameras: [cameras(1, 100, 0), cameras(7, 10, 0)] },
  { name: '4 x 30/s + 4 x 5/s', cameras: [cameras(4, 30, 0), cameras(4, 5, 0)] },
];
export const FAIR_WORK_MS = 20;

function cameras(count: number, perSecond: number, jitter: number): FleetCameras {
  return { count, perSecond, jitter };
}
