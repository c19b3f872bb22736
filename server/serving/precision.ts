import { messageOf } from '../../protocol/errors.ts';
import type { PrecisionReport } from '../../protocol/precision.ts';
import { type ModelFolder, modelRef } from '../library/modelFolder.ts';
import { ModelRefusal } from '../library/modelRefusal.ts';
import type { ProviderRecord, ProviderRecords } from '../library/providerRecords.ts';
import { findPair, type VersionPair } from '../library/versionPair.ts';
import type { Log } from '../telemetry/log.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { installedRuntime } from '../worker/race/installedRuntime.ts';
import { machineKey } from '../worker/race/machineKey.ts';
import { raceProvider } from '../worker/race/raceProvider.ts';
import { type QuietOptions, untilQuiet } from '../worker/race/untilQuiet.ts';
import { int8Wins } from '../worker/race/verdict.ts';
import { FIRST_RETRY_MS, longerWait } from './retryWait.ts';

/** Lets of both versions of a quantised model the one serve that is faster on this processor. */
export interface Precision {
  /**
   * What is to serve from the start of a live version: what won an earlier race, or the float32 version, which is right everywhere.
   * Never rejects: what cannot be read is not chosen.
   */
  first(live: ModelFolder): Promise<ModelFolder>;
  /** What is known of a live version; undefined where there is no int8 version of it. */
  reportOf(live: ModelFolder, serving: ModelFolder): PrecisionReport | undefined;
  /** The float32 version of a live version, where there are two: what browsers get. */
  floatOf(live: ModelFolder): ModelFolder | undefined;
  /** The models that workers hold now. Races begin when the server has little to do. */
  follow(held: readonly HeldModel[]): void;
  /** Idempotent. */
  close(): void;
}

export interface HeldModel {
  /** What was made live. */
  readonly live: ModelFolder;
  readonly serving: ModelFolder;
}

export interface PrecisionOptions extends QuietOptions {
  mode: 'auto' | 'int8' | 'float32';
  /** Asked only once workers hold models. */
  pool(): Pick<WorkerPool, 'widths' | 'quietMs'>;
  workers: { count: number; threads: number };
  kept(id: string): Promise<readonly ModelFolder[]>;
  /**
   * Lets a version serve in place of the other one of its pair; does nothing where another version was made live since.
   * @throws Error that says why it does not serve
   */
  swap(live: ModelFolder, folder: ModelFolder): Promise<void>;
  records: Promise<ProviderRecords>;
  log: Log;
  /** Time after which a swap that failed is tried again, ms; twice as long after each that fails, up to an hour. Default 60,000 */
  retryMs?: number;
}

/** Why the version that is to serve does not. */
interface SwapFailure {
  readonly why: string;
  /** Its next attempt; undefined where it gave other answers than its reference images have, as it would again. */
  readonly retry: { readonly delayMs: number; readonly timer: NodeJS.Timeout } | undefined;
}

/** What is known of the versions of a model. */
interface Known {
  readonly live: ModelFolder;
  readonly pair: VersionPair | undefined;
  record: ProviderRecord | undefined;
  swapFailed?: SwapFailure | undefined;
  /** Until the attempt after the next failure, ms. */
  retryMs: number;
  isTold: boolean;
}

export function createPrecision(options: PrecisionOptions): Precision {
  const { mode, pool, workers, kept, swap, records, log, retryMs = FIRST_RETRY_MS } = options;
  const stop = new AbortController();
  const byId = new Map<string, Known>();
  let held: readonly HeldModel[] = [];
  let isWorking = false;
  let hasNews = false;
  let machine: Promise<string> | undefined;

  const knownOf = ({ manifest, version }: ModelFolder): Known | undefined => {
    const known = byId.get(manifest.id);
    return known?.live.version === version ? known : undefined;
  };

  function follow(models: readonly HeldModel[]): void {
    held = models;
    hasNews = true;
    if (isWorking) return;
    isWorking = true;
    work().catch((error: unknown) => {
      if (!stop.signal.aborted) log.error({ error: messageOf(error) }, 'int8 versions are not raced');
    });
  }

  async function learn(live: ModelFolder): Promise<Known> {
    const before = knownOf(live);
    // A name that was changed comes with the same version in another object.
    if (before?.live === live) return before;
    const pair = await findPair(live, kept).catch((error: unknown) => {
      log.warn({ model: live.manifest.id, error: messageOf(error) }, 'its int8 version cannot be read');
      return undefined;
    });
    const isOpen = pair?.float !== undefined && mode === 'auto';
    const record = before?.record ?? (isOpen ? (await records).get(await keyOf(pair)) : undefined);
    // Whoever writes the folder again has a reason to think that it works now.
    clearTimeout(before?.swapFailed?.retry?.timer);
    const isTold = before !== undefined && before.swapFailed === undefined && before.isTold;
    const known: Known = { live, pair, record, isTold, retryMs };
    byId.set(live.manifest.id, known);
    return known;
  }

  async function keyOf({ int8, float }: VersionPair): Promise<string> {
    machine ??= machineKey();
    const { count, threads } = workers;
    return [
      int8.version,
      'int8 of',
      float?.version,
      installedRuntime(),
      `${count}*${threads}`,
      await machine,
    ].join(' ');
  }

  /** What is to serve; undefined while a race is to come. */
  function chosen({ pair, record }: Known): ModelFolder | undefined {
    if (pair === undefined) return undefined;
    const { int8, float } = pair;
    if (float === undefined || mode === 'int8') return int8;
    if (mode === 'float32') return float;
    return record && (hasWon(record) ? int8 : float);
  }

  async function work(): Promise<void> {
    try {
      do {
        hasNews = false;
        for (const one of held) await settle(one);
      } while (hasNews && !stop.signal.aborted);
    } finally {
      // With the last look for news, or some that come in between would wait for the next.
      isWorking = false;
    }
  }

  async function settle({ live, serving }: HeldModel): Promise<void> {
    const known = await learn(live);
    const { pair } = known;
    if (pair === undefined) return;
    if (chosen(known) === undefined) await race(known, pair);
    const wanted = chosen(known);
    if (wanted && wanted.version !== serving.version && known.swapFailed === undefined) {
      await swap(live, wanted).catch((error: unknown) => failed(known, error));
    }
    if (known.isTold || knownOf(live) !== known) return;
    known.isTold = true;
    const isThere = known.swapFailed === undefined ? wanted : serving;
    log.info(
      { model: live.manifest.id, ...reportOf(known, pair, isThere ?? serving) },
      'choice between float32 and int8',
    );
  }

  function failed(known: Known, error: unknown): void {
    const why = messageOf(error);
    const isWrong = error instanceof ModelRefusal && error.details !== undefined;
    if (isWrong || stop.signal.aborted) {
      known.swapFailed = { why, retry: undefined };
      return;
    }
    // Of all else, such as a lack of memory or a busy machine, nothing says that it is so the next time.
    const delayMs = known.retryMs;
    known.retryMs = longerWait(delayMs);
    const timer = setTimeout(() => {
      known.swapFailed = undefined;
      known.isTold = false;
      follow(held);
    }, delayMs);
    known.swapFailed = { why, retry: { delayMs, timer } };
  }

  async function race(known: Known, pair: VersionPair): Promise<void> {
    const { int8, float } = pair;
    if (float === undefined) return;
    await untilQuiet(pool(), options, stop.signal);
    known.record = await raceProvider(
      { model: modelRef(int8), provider: 'cpu', against: modelRef(float), widths: pool().widths },
      { signal: stop.signal },
    );
    await (await records).set(await keyOf(pair), known.record);
  }

  function reportOf(known: Known, pair: VersionPair, serving: ModelFolder): PrecisionReport {
    const { live, float, int8 } = pair;
    const times = known.record?.kind === 'raced' ? known.record.times : undefined;
    return {
      live: live.version,
      ...(float && { float: float.version }),
      int8: int8.version,
      serves: serving.version === int8.version ? 'int8' : 'float32',
      ...stateOf(known, mode),
      ...(times && { floatMs: times.narrowMs, int8Ms: times.providerMs }),
    };
  }

  return {
    async first(live) {
      const known = await learn(live);
      return chosen(known) ?? known.pair?.float ?? live;
    },
    reportOf(live, serving) {
      const known = knownOf(live);
      return known?.pair && reportOf(known, known.pair, serving);
    },
    floatOf: (live) => knownOf(live)?.pair?.float,
    follow,
    close() {
      stop.abort();
      for (const { swapFailed } of byId.values()) clearTimeout(swapFailed?.retry?.timer);
    },
  };
}

/** Embeddings are kept and compared with those of other machines of a fleet: all run the version that was made live. */
export const mayDiffer = ({ manifest }: Pick<ModelFolder, 'manifest'>): boolean =>
  manifest.task !== 'image-embedding' && manifest.task !== 'thing-embedding';

/** Of an int8 version without its float32 version. */
export const ALONE = {
  state: 'alone',
  why: 'The float32 version that it was made of is not kept any more: there is nothing to race.',
} as const;

const hasWon = (record: ProviderRecord): boolean => record.kind === 'raced' && int8Wins(record.times);

function stateOf(
  { pair, record, swapFailed }: Known,
  mode: PrecisionOptions['mode'],
): Pick<PrecisionReport, 'state' | 'why'> {
  if (pair?.float === undefined) {
    return ALONE;
  }
  if (swapFailed !== undefined) {
    const { why, retry } = swapFailed;
    const then = retry && ` It is tried again ${Math.round(retry.delayMs / 1_000)} s after that.`;
    return { state: 'refused', why: `${why}${then ?? ''}` };
  }
  if (mode !== 'auto') return { state: 'chosen', why: `PRECISION is ${mode}.` };
  if (record === undefined) {
    return { state: 'waiting', why: 'Both are raced when the server has had nothing to do for a moment.' };
  }
  if (record.kind === 'refused') return { state: 'refused', why: record.why };
  const { providerMs, providerWideMs = providerMs, narrowMs, wideMs } = record.times;
  const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
  const why = `A picture takes ${ms(providerMs)} in int8 and ${ms(narrowMs)} in float32; alone on all cores ${ms(providerWideMs)} and ${ms(wideMs)}.`;
  return { state: hasWon(record) ? 'faster' : 'slower', why };
}
