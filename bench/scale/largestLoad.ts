import { IN_TIME_MS } from '../fleet/loads.ts';
import { MAX_AGE_MS } from '../fleet/plan.ts';
import type { HandOver } from './compareModel.ts';
import { simulateFleet } from './simulateFleet.ts';

/** Loads that are tried, share of what the workers can do. */
const LOADS = [0.98, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5];
const IN_TIME_SHARE = 0.99;

export interface LargestLoad {
  readonly workers: number;
  /** Of what the workers can do. NaN where none of the loads tried will do. */
  readonly load: number;
}

/** The largest load at which 99 % of frames are labelled in time, by the number of workers that share one line. */
export function largestLoads(
  workers: readonly number[],
  fleet: HandOver & { readonly workMs: number; readonly perSecond: number },
): LargestLoad[] {
  return workers.map((count) => {
    const load = LOADS.find((each) => shareInTime(count, each, fleet) >= IN_TIME_SHARE);
    return { workers: count, load: load ?? Number.NaN };
  });
}

function shareInTime(
  workers: number,
  load: number,
  { workMs, perSecond, ...handOver }: HandOver & { workMs: number; perSecond: number },
): number {
  const framesPerSecond = (load * workers * 1000) / (workMs + handOver.handOverMs);
  const { agesMs, offered } = simulateFleet({
    ...handOver,
    cameras: [{ count: Math.max(1, Math.round(framesPerSecond / perSecond)), perSecond, jitter: 0.2 }],
    workersMs: Array.from({ length: workers }, () => workMs),
    law: 'turns',
    maxAgeMs: MAX_AGE_MS,
    durationMs: 20_000,
    seed: 1,
  });
  return agesMs.filter((age) => age <= IN_TIME_MS).length / offered;
}
