import type { ModelRef } from '../../library/modelRef.ts';

/** What crosses the pipe to a process that races one way to run a model against another. Both ends are built together. */
export interface RaceJob {
  readonly model: ModelRef;
  readonly provider: string;
  /** The version that it is raced against, on the processor. Default: the same version */
  readonly against?: ModelRef;
  /** Cores of a run next to others, and of one alone. */
  readonly widths: { readonly narrow: number; readonly wide: number };
}

/** How far it is; should it hang or end, that is where. */
export const RACE_STEPS = [
  'starting',
  'opening',
  'first runs',
  'goldens',
  'race',
  'goldens after the race',
  'batches',
] as const;
export type RaceStep = (typeof RACE_STEPS)[number];

/** Medians of a run, ms, sides in turns. */
export interface RaceTimes {
  readonly providerMs: number;
  /** The same on all cores of a lone run, where it is another version that runs on the processor, too. */
  readonly providerWideMs?: number | undefined;
  readonly narrowMs: number;
  readonly wideMs: number;
  /** Of an accelerator, several pictures at once; absent where they were not tried. */
  readonly batches?: BatchTimes | undefined;
}

/** Runs on several pictures at once. */
export interface BatchTimes {
  readonly sizes: readonly {
    /** Number of pictures. */
    readonly size: number;
    /** Median of a run on all of them, ms. */
    readonly ms: number;
  }[];
  /** Why there are no more. */
  readonly why?: string | undefined;
}

export type FromRace =
  | { type: 'step'; step: RaceStep }
  /** Comes before `raced` where batches are tried as well: should the process end over them, one at a time stands. */
  | { type: 'racedAlone'; times: RaceTimes }
  | { type: 'raced'; times: RaceTimes }
  | { type: 'refused'; why: string };
