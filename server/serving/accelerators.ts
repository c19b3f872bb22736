import { messageOf } from '../../protocol/errors.ts';
import type { ProviderReport } from '../../protocol/providers.ts';
import { type ModelFolder, modelRef } from '../library/modelFolder.ts';
import { type VersionRef, versionKey } from '../library/modelRef.ts';
import type { ProviderRecord, ProviderRecords } from '../library/providerRecords.ts';
import type { Log } from '../telemetry/log.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { machineKey } from '../worker/race/machineKey.ts';
import { raceProvider } from '../worker/race/raceProvider.ts';
import { type QuietOptions, untilQuiet } from '../worker/race/untilQuiet.ts';
import { batchesOf, verdictOf } from '../worker/race/verdict.ts';

/** Tries accelerators for each version that workers hold, and lets the fastest run it where it beats the processor. */
export interface Accelerators {
  /** What is known of them for a version; undefined where none is tried. */
  reportsOf(model: VersionRef): ProviderReport[] | undefined;
  /** The versions that workers hold now. Trials begin when the server has little to do. */
  follow(loaded: readonly ModelFolder[]): void;
  /** An accelerator failed while it served. */
  lost(model: VersionRef, provider: string, why: string): void;
  /** Idempotent. */
  close(): void;
}

export interface AcceleratorsOptions extends QuietOptions {
  pool: Pick<WorkerPool, 'runtime' | 'accelerate' | 'quietMs' | 'widths'>;
  /** Accelerators that an operator allows, by their names. */
  allowed: readonly string[];
  /** Number of workers. */
  workers: number;
  records: Promise<ProviderRecords>;
  log: Log;
}

/** A version that workers hold, and what is known for it, by provider. */
interface Tried {
  readonly folder: ModelFolder;
  readonly reports: Map<string, ProviderReport>;
}

export function createAccelerators(options: AcceleratorsOptions): Accelerators {
  const { pool, allowed, workers, records, log } = options;
  const stop = new AbortController();
  const tried = new Map<string, Tried>();
  let isWorking = false;
  let machine: Promise<string> | undefined;

  /** What the runtime has and the operator allows. */
  const candidates = () => (pool.runtime?.providers ?? []).filter((name) => allowed.includes(name));

  const isOpen = (one: Tried) => [...one.reports.values()].some(({ state }) => state === 'waiting');
  const isHeld = (one: Tried) => tried.get(versionKey(modelRef(one.folder))) === one;

  async function work(): Promise<void> {
    try {
      for (;;) {
        const next = [...tried.values()].find(isOpen);
        if (next === undefined || stop.signal.aborted) return;
        await tryAll(next);
      }
    } finally {
      // With the last look, or a version that comes in between would wait for the next one.
      isWorking = false;
    }
  }

  async function tryAll(one: Tried): Promise<void> {
    const { folder, reports } = one;
    const found = new Map<string, ProviderRecord>();
    for (const provider of reports.keys()) found.set(provider, await find(one, provider));
    if (!isHeld(one)) return;
    for (const [provider, record] of found) reports.set(provider, reportOf(provider, record, workers));
    const winners = [...reports.values()]
      .filter(({ state }) => state === 'serves')
      .sort((a, b) => (a.runMs ?? 0) - (b.runMs ?? 0));
    for (const [at, report] of winners.entries()) {
      if (at > 0)
        reports.set(report.provider, {
          ...report,
          batches: undefined,
          state: 'slower',
          why: `${report.why} ${winners[0]?.provider} is faster.`,
        });
    }
    const [winner] = winners;
    if (winner) {
      const { provider, batches } = winner;
      const accelerator = { provider, batches: batches?.sizes ?? [] };
      await pool.accelerate(modelRef(folder), accelerator).catch((error: unknown) => {
        reports.set(winner.provider, {
          ...winner,
          batches: undefined,
          state: 'refused',
          why: `It won, and then failed in a worker: ${messageOf(error)}`,
        });
      });
    }
    for (const { provider, state, why, batches } of reports.values()) {
      log.info(
        { model: folder.manifest.id, version: folder.version, provider, state, why, batches },
        'accelerator tried',
      );
    }
  }

  /** From an earlier start, or from a trial. */
  async function find(one: Tried, provider: string): Promise<ProviderRecord> {
    const { folder } = one;
    const key = await keyOf(folder, provider);
    const known = (await records).get(key);
    if (known) return known;
    await untilQuiet(pool, options, stop.signal);
    const model = modelRef(folder);
    const record = await raceProvider({ model, provider, widths: pool.widths }, { signal: stop.signal });
    // Of a version that workers gave up meanwhile, files may be gone, which says nothing of the accelerator.
    if (isHeld(one)) await (await records).set(key, record);
    return record;
  }

  async function keyOf({ version }: ModelFolder, provider: string): Promise<string> {
    machine ??= machineKey();
    const { narrow, wide } = pool.widths;
    // Those of earlier servers say nothing of batches.
    return [version, provider, pool.runtime?.name, `${narrow}/${wide}`, 'batches', await machine].join(' ');
  }

  return {
    reportsOf(model) {
      const reports = tried.get(versionKey(model))?.reports;
      return reports && reports.size > 0 ? [...reports.values()] : undefined;
    },
    follow(loaded) {
      const folders = new Map(loaded.map((folder) => [versionKey(modelRef(folder)), folder]));
      for (const key of tried.keys()) if (!folders.has(key)) tried.delete(key);
      for (const [key, folder] of folders) {
        if (!tried.has(key))
          tried.set(key, { folder, reports: new Map(candidates().map((name) => [name, waiting(name)])) });
      }
      if (isWorking) return;
      isWorking = true;
      work().catch((error: unknown) => {
        if (!stop.signal.aborted) log.error({ error: messageOf(error) }, 'accelerators are not tried');
      });
    },
    lost(model, provider, why) {
      const one = tried.get(versionKey(model));
      const report = one?.reports.get(provider);
      if (one === undefined || report === undefined) return;
      const refused: ProviderRecord = { kind: 'refused', why: `It failed while it served: ${why}` };
      one.reports.set(provider, { ...report, state: 'refused', why: refused.why, batches: undefined });
      void keyOf(one.folder, provider).then(async (key) => (await records).set(key, refused));
    },
    close: () => stop.abort(),
  };
}

const waiting = (provider: string): ProviderReport => ({
  provider,
  state: 'waiting',
  why: 'It is tried when the server has had nothing to do for a moment.',
});

function reportOf(provider: string, record: ProviderRecord, workers: number): ProviderReport {
  if (record.kind === 'refused') return { provider, state: 'refused', why: record.why };
  const { providerMs, wideMs } = record.times;
  const { wins, why } = verdictOf(record.times, workers);
  const times = { runMs: providerMs, processorMs: wideMs };
  if (!wins) return { provider, state: 'slower', why, ...times };
  return { provider, state: 'serves', why, ...times, batches: batchesOf(record.times) };
}
