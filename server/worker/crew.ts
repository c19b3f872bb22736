import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../protocol/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { LoadedModel, ModelRef } from './messages.ts';
import { createRestartDelay } from './restartDelay.ts';
import { startWorkerProcess, type WorkerProcess } from './workerProcess.ts';

/** A worker with nothing to do. */
export interface IdleWorker {
  readonly process: WorkerProcess;
  /** It can run on all cores. */
  readonly isWide: boolean;
}

/** Workers that all hold the same versions of the same models; each that ends is replaced. */
export interface Crew {
  /** What became of each model, as the first worker found; resolves when that one can answer frames. */
  readonly proven: Promise<readonly LoadedModel[]>;
  /** Resolves when every place has had a worker that was ready, or the crew has ended. */
  readonly complete: Promise<void>;
  /** Resolves when the crew was retired or closed and its last worker is gone. */
  readonly ended: Promise<void>;
  /** The version that it runs of a model; undefined where it has none. */
  versionOf(model: string): string | undefined;
  /** Workers with nothing to do, those that can run on all cores in front. Only living ones. */
  readonly idle: readonly IdleWorker[];
  /** Takes a worker out of `idle`: a wide one, or the one that is least so. */
  take(wide: boolean): IdleWorker | undefined;
  /** Gives it back, to work again or, in a crew that was retired, to end. */
  release(worker: IdleWorker): void;
  readonly pids: readonly number[];
  readonly live: number;
  /** Nobody is taken any more: those that are idle end now, the others when they are given back. */
  retire(): void;
  /** Ends all of them at once, and resolves when they are gone. Idempotent. */
  close(): Promise<void>;
}

export interface CrewOptions {
  models: readonly ModelRef[];
  count: number;
  /** Cores of a run beside others, and of one alone. */
  widths: { narrow: number; wide: number };
  startTimeoutMs: number;
  log: Log;
  onRestart?: (() => void) | undefined;
  /** A worker became idle, or is gone. */
  onIdle(): void;
}

/** Where a process could not even be started. */
const RETRY_MS = 500;

/**
 * Starts workers one after the other: they load faster so, and leave cores to frames that run meanwhile. A model whose
 * loading ends the process is left out from then on.
 */
export function startCrew(options: CrewOptions): Crew {
  const { log, count, widths, startTimeoutMs, onIdle } = options;
  const stop = new AbortController();
  const processes = new Set<WorkerProcess>();
  const live = new Set<WorkerProcess>();
  const idle: IdleWorker[] = [];
  /** Models that ended a worker while it loaded them, with why. */
  const fatal = new Map<string, string>();
  let isRetired = false;
  let first: readonly LoadedModel[] | undefined;
  let markProven: (models: readonly LoadedModel[]) => void = () => {};
  const proven = new Promise<readonly LoadedModel[]>((resolve) => {
    markProven = resolve;
  });

  /** A machine that has no room for another process now may have some later. */
  function tryToStart(how: Parameters<typeof startWorkerProcess>[0]): WorkerProcess | undefined {
    try {
      return startWorkerProcess(how);
    } catch (error) {
      log.error({ error: messageOf(error) }, 'no process for a worker');
      return undefined;
    }
  }

  /** One place: a worker, and after its end the next. The first has the worker for lone frames. */
  async function keepWorker(place: number, onReady: () => void): Promise<void> {
    const delayAfter = createRestartDelay();
    const isWide = place === 0 && widths.wide > widths.narrow;
    while (!stop.signal.aborted) {
      const startedAt = performance.now();
      const worker = tryToStart({
        models: options.models.filter(({ id }) => !fatal.has(id)),
        widths: isWide ? [widths.narrow, widths.wide] : [widths.narrow],
        startTimeoutMs,
        onLoading: (pid, model) => log.debug({ pid, model }, 'worker loads a model'),
      });
      if (worker === undefined) {
        await sleep(delayAfter(0) + RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
        continue;
      }
      processes.add(worker);
      worker.ready.then(
        ({ models, loadMs }) => {
          const lost = models.find((model) => !model.ok && isServed(model.id));
          if (lost) {
            // The folder changed under a running server. Others still serve what they loaded.
            log.error(
              { model: lost.id, why: lost.ok ? '' : lost.why },
              'worker cannot load a model that serves',
            );
            worker.kill();
            return;
          }
          log.debug({ pid: worker.pid, loadMs: Math.round(loadMs) }, 'worker ready');
          first ??= [...models, ...options.models.flatMap(failedBy)];
          markProven(first);
          live.add(worker);
          release({ process: worker, isWide });
          onReady();
        },
        () => {}, // `exited` has the reason.
      );
      const why = await worker.exited;
      processes.delete(worker);
      live.delete(worker);
      onIdle();
      if (stop.signal.aborted) return;
      const { loading } = worker;
      if (loading !== undefined && !isServed(loading)) {
        fatal.set(loading, `The worker ended while it loaded this model: ${why}.`);
        log.error({ model: loading, why }, 'loading a model ended the worker');
        continue;
      }
      const delayMs = delayAfter(performance.now() - startedAt);
      log.warn({ pid: worker.pid, why, delayMs }, 'worker lost');
      options.onRestart?.();
      await sleep(delayMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  const isServed = (model: string) => first?.some(({ id, ok }) => ok && id === model) === true;

  const failedBy = ({ id, version }: ModelRef): LoadedModel[] => {
    const why = fatal.get(id);
    return why === undefined ? [] : [{ id, version, ok: false, why }];
  };

  function release(worker: IdleWorker): void {
    if (isRetired) worker.process.kill();
    // Whoever can run on all cores stands in front, to be at hand for a lone frame.
    else if (worker.isWide) idle.unshift(worker);
    else idle.push(worker);
    onIdle();
  }

  function dropDead(): void {
    for (let i = idle.length - 1; i >= 0; i--) {
      const worker = idle[i];
      if (worker && !live.has(worker.process)) idle.splice(i, 1);
    }
  }

  /** The life of each place, in the order in which they were begun. */
  const places: Promise<void>[] = [];

  async function begin(): Promise<void> {
    for (let place = 0; place < count && !stop.signal.aborted; place++) {
      await new Promise<void>((resolve) => {
        places.push(keepWorker(place, resolve).finally(resolve));
      });
    }
  }
  const complete = begin();
  const ended = complete.then(() => Promise.all(places)).then(() => {});

  return {
    proven,
    complete,
    ended,
    versionOf: (model) => first?.find(({ id, ok }) => ok && id === model)?.version,
    get idle() {
      dropDead();
      return idle;
    },
    take(wide) {
      dropDead();
      return wide ? idle.shift() : idle.pop();
    },
    release,
    get pids() {
      return [...processes].flatMap(({ pid }) => pid ?? []);
    },
    get live() {
      return live.size;
    },
    retire() {
      isRetired = true;
      stop.abort();
      const busy = new Set(live);
      for (const { process } of idle.splice(0)) busy.delete(process);
      for (const process of processes) if (!busy.has(process)) process.kill();
    },
    async close() {
      isRetired = true;
      stop.abort();
      for (const worker of processes) worker.kill();
      await ended;
    },
  };
}
