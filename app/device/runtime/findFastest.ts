import { messageOf } from '../../../protocol/errors.ts';
import { DeviceError, isPassing, type RaceTime } from './deviceSession.ts';
import { type OpenedWorker, type OpenWorker, openWithin } from './openedWorker.ts';
import { isClearlyFaster, nextChallenger, type RaceRecord, type Racer, race, racerName } from './race.ts';
import type { Remembered } from './remembered.ts';
import type { Tuning } from './tuning.ts';

/** A challenger gets this many times what a run of the one that serves takes, and at least `MIN_LIMIT_MS`. */
const LIMIT_FACTOR = 5;
const MIN_LIMIT_MS = 2_000;

interface FindOptions {
  readonly record: Remembered<RaceRecord>;
  readonly tuning: Tuning;
  readonly openWorker: OpenWorker;
  /** Ends it: nothing more is remembered then. */
  readonly signal: AbortSignal;
  /** The worker that answers frames now. */
  serving(): OpenedWorker;
  /** Makes a proven worker the one that answers frames. Called between two frames. */
  takeOver(worker: OpenedWorker): void;
  /** Runs a job while no frame runs. */
  inTurn<T>(job: () => Promise<T>): Promise<T>;
  nowMs(): number;
}

/**
 * Races runtimes and numbers of threads against what serves; a clear winner serves from then on, and the other one is closed.
 * Who hangs, dies or gives other answers loses, and no frame is lost by it. The result is remembered, unless files could
 * not be fetched now, or something took too long.
 * @returns why what serves now serves, for a reader; does not reject
 */
export async function findFastest(options: FindOptions): Promise<{ why: string; times: RaceTime[] }> {
  const { record, tuning, signal, serving } = options;
  // First of all: a page that ends in the middle of it must not begin it again and again.
  const before = record.read();
  record.write({ ...before, attempts: 1 + (before?.attempts ?? 0) });
  const times = new Map<string, RaceTime>();
  const reasons: string[] = [];
  let isLasting = true;
  const known: Racer[] = [];
  for (;;) {
    const server = racerOf(serving());
    const challenger = nextChallenger(server, tuning, known);
    if (challenger === undefined) break;
    known.push(server, challenger);
    try {
      for (const time of await challenge(challenger, options)) times.set(racerName(time), time);
    } catch (error) {
      reasons.push(`${racerName(challenger)}: ${messageOf(error)}`);
      if (isPassing(error)) isLasting = false;
    }
    if (signal.aborted) return { why: '', times: [] };
  }
  const measured = [...times].map(([name, { medianMs }]) => `${name}: ${Math.round(medianMs)} ms`);
  const why = [...measured, ...reasons].join('; ');
  const all = [...times.values()];
  if (isLasting) {
    record.write({
      ...record.read(),
      ...{ attempts: 0, result: { fastest: racerOf(serving()), times: all, why } },
    });
  }
  return { why, times: all };
}

/** @throws DeviceError */
async function challenge(challenger: Racer, options: FindOptions): Promise<RaceTime[]> {
  const { tuning, openWorker, signal, serving, takeOver, inTurn, nowMs } = options;
  const worker = await openWithin(tuning.trialLimitMs, openWorker, challenger, signal);
  let isChosen = false;
  try {
    if (!worker.certificate.passes) throw new DeviceError('failed', 'goldens differ');
    const before = serving();
    const { servingMs, challengerMs } = await race({
      serving: () => before.time(),
      // Frames wait for it.
      challenger: () => worker.time(Math.max(MIN_LIMIT_MS, LIMIT_FACTOR * before.provider.inferMs)),
      inTurn,
      nowMs,
    });
    isChosen = isClearlyFaster(challengerMs, servingMs) && !signal.aborted;
    if (isChosen) await inTurn(async () => takeOver(worker));
    return [
      { ...racerOf(before), medianMs: servingMs },
      { ...challenger, medianMs: challengerMs },
    ];
  } finally {
    if (!isChosen) worker.close();
  }
}

export const racerOf = ({ provider: { provider, threads } }: OpenedWorker): Racer => ({
  provider: provider === 'litert' ? 'litert' : 'wasm',
  threads,
});
