import * as v from 'valibot';
import { quantile } from '../../../protocol/quantile.ts';
import type { SafeStorage } from '../../browser/storage.ts';
import { type RaceTime, RUNTIME_NAMES } from './deviceSession.ts';
import { type Remembered, rememberedFor } from './remembered.ts';
import type { Tuning } from './tuning.ts';

/** What can take part in a race: a runtime, with a number of threads. */
export type Racer = Pick<RaceTime, 'provider' | 'threads'>;

/** The first round is not counted: memory is touched and code compiled in it. */
const ROUNDS = 8;
/** A slow model gets fewer rounds: frames wait for each. */
const MAX_RACE_MS = 6_000;
const MIN_ROUNDS = 4;

/** The challenger must be faster by a tenth: what is as good as equal is not worth a change. */
const NEEDED_GAIN = 0.9;

interface RaceOptions {
  /** Runs the model once, ms. */
  serving(): Promise<number>;
  challenger(): Promise<number>;
  /** Runs one round while no frame runs. */
  inTurn(round: () => Promise<void>): Promise<void>;
  nowMs(): number;
}

/**
 * Lets both run the same picture in turns, and frames in between: what else the device does slows both.
 * @returns medians, ms
 * @throws what a run throws
 */
export async function race({ serving, challenger, inTurn, nowMs }: RaceOptions) {
  const startedMs = nowMs();
  const servingMs: number[] = [];
  const challengerMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round >= MIN_ROUNDS && nowMs() - startedMs > MAX_RACE_MS) break;
    await inTurn(async () => {
      // Each is as often the first: the other one's threads may still be spinning then.
      const isServingFirst = round % 2 === 0;
      const early = isServingFirst ? await serving() : undefined;
      const other = await challenger();
      const own = early ?? (await serving());
      if (round === 0) return;
      servingMs.push(own);
      challengerMs.push(other);
    });
  }
  const median = (timesMs: readonly number[]) => quantile(timesMs, 0.5) ?? Number.POSITIVE_INFINITY;
  return { servingMs: median(servingMs), challengerMs: median(challengerMs) };
}

export const isClearlyFaster = (challengerMs: number, servingMs: number): boolean =>
  challengerMs < NEEDED_GAIN * servingMs;

/**
 * Who runs against what serves next: the other runtime first, then what serves by then with all its threads, where it began on
 * one as the first one was late, and on one thread. Two threads on two busy cores wait for each other.
 * @param known who has run
 */
export function nextChallenger(
  serving: Racer,
  { threads }: Pick<Tuning, 'threads'>,
  known: readonly Racer[],
): Racer | undefined {
  const other: Racer = { provider: serving.provider === 'litert' ? 'wasm' : 'litert', threads };
  const challengers = [other, { ...serving, threads }, { ...serving, threads: 1 }];
  return challengers.find((one) => ![serving, ...known].some((ran) => isSameRacer(one, ran)));
}

export const isSameRacer = (one: Racer, other: Racer): boolean => racerName(one) === racerName(other);

const RacerSchema = v.object({ provider: v.picklist(['wasm', 'litert']), threads: v.number() });

const RaceRecord = v.object({
  /** How often it was begun since it last came to an end. */
  attempts: v.number(),
  /** What came of the last one that came to an end. */
  result: v.optional(
    v.object({
      fastest: RacerSchema,
      times: v.array(v.object({ ...RacerSchema.entries, medianMs: v.number() })),
      /** For a reader. */
      why: v.string(),
    }),
  ),
  /** Who was late when it was opened first, once for each visit since it last was in time. */
  late: v.optional(v.array(RacerSchema)),
});
/** What is known of the race of a model. */
export type RaceRecord = v.InferOutput<typeof RaceRecord>;

/** A page that ends in the middle of it may have been ended by it. */
const MAX_ATTEMPTS = 3;

/** @param isAgain whether it is held even where it has a result */
export const mayRace = (record: RaceRecord | undefined, isAgain = false): boolean =>
  record === undefined || (record.attempts < MAX_ATTEMPTS && (isAgain || record.result === undefined));

/** One thread waits for no other thread. */
export const ONE_THREAD: Racer = { provider: 'wasm', threads: 1 };

/** Who was late at this many visits in a row is not opened first any more: a person waits each time. */
const MAX_LATE = 2;

const isOftenLate = (record: RaceRecord | undefined, racer: Racer): boolean =>
  (record?.late ?? []).filter((one) => isSameRacer(one, racer)).length >= MAX_LATE;

/** The record after the first one was late; of one thread nothing is noted, as nothing is opened in its place. */
export function withLate(record: RaceRecord | undefined, racer: Racer): RaceRecord {
  const before = record ?? { attempts: 0 };
  return isSameRacer(racer, ONE_THREAD) ? before : { ...before, late: [...(before.late ?? []), racer] };
}

/** The record after a racer was opened after all; undefined where it says nothing else now. */
export function withoutLate(record: RaceRecord | undefined, racer: Racer): RaceRecord | undefined {
  const late = record?.late?.filter((one) => !isSameRacer(one, racer));
  return record && late?.length !== record.late?.length ? { ...record, late } : undefined;
}

/**
 * Results of one version of a model in this very browser: another version, runtime, browser or number of cores that threads may use is raced again.
 * @param entries where they are stored; default: local storage
 */
export const raceRecordOf = (
  model: { readonly id: string; readonly version: string },
  { runtimeUrls, userAgent, cores, entries }: RaceKey,
): Remembered<RaceRecord> =>
  rememberedFor(
    {
      name: `race.${model.id}`,
      key: `${model.version} ${runtimeUrls.join(' ')} ${userAgent} ${cores}`,
      entries,
    },
    RaceRecord,
  );

/** Whether nothing was opened yet that may have ended the page. */
export const isUntried = (record: RaceRecord | undefined): boolean =>
  record === undefined || (record.attempts === 0 && record.result === undefined);

/**
 * Who answers first. Where no race was held and a person waits, that is LiteRT.js: it opens sooner and is usually faster. Who was
 * late again and again is passed over.
 * @param isKnown whether a racer's goldens agreed here before
 */
export function firstRacer(
  race: RaceRecord | undefined,
  { threads, noRace }: Pick<Tuning, 'threads' | 'noRace'>,
  isKnown: (racer: Racer) => boolean,
  isUrgent: boolean,
): Racer {
  const liteRt: Racer = { provider: 'litert', threads };
  const isPromising = noRace === undefined && (isKnown(liteRt) || (isUntried(race) && isUrgent));
  const candidates: Racer[] = [
    ...(race?.result ? [race.result.fastest] : []),
    ...(isPromising ? [liteRt] : []),
    { provider: 'wasm', threads },
  ];
  return candidates.find((one) => !isOftenLate(race, one)) ?? ONE_THREAD;
}

/** The record after a racer was lost that had won: the first runtime serves again, and no one is raced. */
export const lostRace = (racer: Racer, { threads }: Pick<Tuning, 'threads'>, why: string): RaceRecord => ({
  attempts: MAX_ATTEMPTS,
  result: { fastest: { provider: 'wasm', threads }, times: [], why: `${racerName(racer)}: ${why}` },
});

interface RaceKey {
  readonly runtimeUrls: readonly string[];
  readonly userAgent: string;
  readonly cores: number;
  readonly entries?: SafeStorage;
}

/** `LiteRT.js, 2 threads` */
export const racerName = ({ provider, threads }: Racer): string =>
  `${RUNTIME_NAMES[provider]}, ${threads} thread${threads === 1 ? '' : 's'}`;
