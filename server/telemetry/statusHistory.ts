import type { DropReason } from '../../protocol/messages.ts';
import { quantile } from '../../protocol/quantile.ts';
import { STAGES, STATUS_SAMPLES, type Stage, type StatusHistory } from '../../protocol/status.ts';

/** What is read at the end of each interval. */
export interface Reading {
  sessions: number;
  waiting: number;
  workers: number;
  memoryBytes: number;
}

interface Sample extends Reading {
  labelled: number;
  ages: Readonly<Record<Stage, { p50: number | null; p95: number | null }>>;
  drops: Readonly<Partial<Record<DropReason, number>>>;
}

/** Frames of an interval whose times are kept; those beyond are counted, and add nothing to its percentiles. */
const MAX_TIMES = 1_000;

/** The last minutes of a server, a sample for each interval. Whoever holds it calls `sample` in time. */
export interface History {
  labelled(timing: Readonly<Record<`${Stage}Ms`, number>>): void;
  dropped(reason: DropReason): void;
  /** Ends an interval. */
  sample(reading: Reading): void;
  /** Samples after the one of this number; all where there is none of it. */
  since(number: number | undefined): StatusHistory;
}

export function createHistory(): History {
  const samples: Sample[] = [];
  /** Number of the oldest that is kept. */
  let first = 0;
  let labelled = 0;
  let drops: Partial<Record<DropReason, number>> = {};
  let times = emptyTimes();

  return {
    labelled(timing) {
      labelled += 1;
      if (times.server.length >= MAX_TIMES) return;
      for (const stage of STAGES) times[stage].push(timing[`${stage}Ms`]);
    },
    dropped(reason) {
      drops[reason] = (drops[reason] ?? 0) + 1;
    },
    sample(reading) {
      const ages = ofStages((stage) => ({
        p50: rounded(quantile(times[stage], 0.5)),
        p95: rounded(quantile(times[stage], 0.95)),
      }));
      samples.push({ ...reading, labelled, ages, drops });
      labelled = 0;
      drops = {};
      times = emptyTimes();
      if (samples.length <= STATUS_SAMPLES) return;
      samples.shift();
      first += 1;
    },
    since(number) {
      const isKnown = number !== undefined && number >= first && number < first + samples.length;
      const skipped = isKnown ? number - first + 1 : 0;
      return toColumns(samples.slice(skipped), first + skipped);
    },
  };
}

const ofStages = <T>(of: (stage: Stage) => T) =>
  Object.fromEntries(STAGES.map((stage) => [stage, of(stage)])) as Record<Stage, T>;

const emptyTimes = () => ofStages((): number[] => []);

/** Tenths of a millisecond are all that a plot shows. */
const rounded = (ms: number | undefined) => (ms === undefined ? null : Math.round(ms * 10) / 10);

function toColumns(samples: readonly Sample[], first: number): StatusHistory {
  const reasons = new Set(samples.flatMap(({ drops }) => Object.keys(drops) as DropReason[]));
  return {
    first,
    sessions: samples.map(({ sessions }) => sessions),
    labelled: samples.map((sample) => sample.labelled),
    waiting: samples.map(({ waiting }) => waiting),
    workers: samples.map(({ workers }) => workers),
    memoryBytes: samples.map(({ memoryBytes }) => memoryBytes),
    ages: ofStages((stage) => ({
      p50: samples.map(({ ages }) => ages[stage].p50),
      p95: samples.map(({ ages }) => ages[stage].p95),
    })),
    drops: Object.fromEntries(
      [...reasons].map((reason) => [reason, samples.map(({ drops }) => drops[reason] ?? 0)]),
    ),
  };
}
