import type { StatusHistory } from '../../protocol/status.ts';

/** What a process of a fleet tells the others of its last second. */
export interface LastSecond {
  labelsPerSecond: number;
  ageMs: { p50: number | null; p95: number | null };
}

/** Of the newest sample, which is of one second. */
export const lastSecond = ({ labelled, ages }: StatusHistory): LastSecond => ({
  labelsPerSecond: labelled.at(-1) ?? 0,
  ageMs: { p50: ages.server.p50.at(-1) ?? null, p95: ages.server.p95.at(-1) ?? null },
});
