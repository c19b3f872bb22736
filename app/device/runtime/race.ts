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
  return challengers.find((one) => ![serving, ...known].some((ran) => isSame(one, ran)));
}

const isSame = (one: Racer, other: Racer): boolean => racerName(one) === racerName(other);

const RacerSchema = v.object({ provider: v.picklist(['wasm', 'litert']), threads: v.number() });

const RaceRecord = v.object({
  /** How often it was begun. */
  attempts: v.number(),
  /** What came of it; undefined while it runs, and where the page ended before. */
  result: v.optional(
    v.object({
      fastest: RacerSchema,
      times: v.array(v.object({ ...RacerSchema.entries, medianMs: v.number() })),
      /** For a reader. */
      why: v.string(),
    }),
  ),
});
/** What is known of the race of a model. */
export type RaceRecord = v.InferOutput<typeof RaceRecord>;

/** A page that ends in the middle of it may have been ended by it. */
const MAX_ATTEMPTS = 3;

export const mayRace = (record: RaceRecord | undefined): boolean =>
  record === undefined || (record.result === undefined && record.attempts < MAX_ATTEMPTS);

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

/**
 * Who answers first. Where no race was held and a person waits, that is LiteRT.js: it opens sooner and is usually faster.
 * @param isKnown whether a racer's goldens agreed here before
 */
export function firstRacer(
  race: RaceRecord | undefined,
  { threads, noRace }: Pick<Tuning, 'threads' | 'noRace'>,
  isKnown: (racer: Racer) => boolean,
  isUrgent: boolean,
): Racer {
  if (race?.result) return race.result.fastest;
  const liteRt: Racer = { provider: 'litert', threads };
  const isPromising = isKnown(liteRt) || (race === undefined && isUrgent);
  return noRace === undefined && isPromising ? liteRt : { provider: 'wasm', threads };
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
