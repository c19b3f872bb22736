import type { FleetCameraReport, FleetReport } from './plan.ts';

/** What is read of one or more runs of the same plan. */

const answersOf = (runs: readonly FleetReport[]) =>
  runs.flatMap(({ cameras }) => cameras.flatMap(({ answers }) => answers));

export const labelsOf = (runs: readonly FleetReport[]): number => answersOf(runs).length;

export const labelsPerSecond = (runs: readonly FleetReport[]): number =>
  (labelsOf(runs) * 1000) / runs.reduce((sum, { measuredMs }) => sum + measuredMs, 0);

export const agesOf = (runs: readonly FleetReport[]): number[] => answersOf(runs).map(({ ageMs }) => ageMs);

/** Of all frames that the cameras had: those whose label came within `inTimeMs`. */
export function shareInTime(runs: readonly FleetReport[], inTimeMs: number): number {
  const offered = runs.reduce((sum, { cameras }) => sum + total(cameras.map((each) => each.offered)), 0);
  return agesOf(runs).filter((ageMs) => ageMs <= inTimeMs).length / offered;
}

/** The longest time in which a camera got no label, ms. */
export function longestSilenceMs({ cameras, measuredMs }: FleetReport): number {
  return Math.max(...cameras.map((camera) => silenceOf(camera, measuredMs)));
}

function silenceOf({ answers }: FleetCameraReport, measuredMs: number): number {
  const times = [0, ...answers.map(({ atMs }) => atMs).sort((a, b) => a - b), measuredMs];
  return Math.max(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0)));
}

/** Jain's index: 1 when all get the same, 1 / n when one gets all. https://arxiv.org/abs/cs/9809099 */
export function jain(values: readonly number[]): number {
  return total(values) ** 2 / (values.length * total(values.map((value) => value * value)));
}

export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
