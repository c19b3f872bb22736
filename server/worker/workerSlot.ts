import { messageOf } from '../../protocol/errors.ts';
import type { VersionRef } from '../library/modelRef.ts';
import type { Log } from '../telemetry/log.ts';
import { createDeferred } from './deferred.ts';
import type { LoadedModel } from './messages.ts';
import { createRestartDelay } from './restartDelay.ts';
import { startWorkerProcess, type WorkerEnd, type WorkerProcess } from './workerProcess.ts';

/** A worker of a group. */
export interface GroupWorker {
  readonly process: WorkerProcess;
  /** It can run on all cores. */
  readonly isWide: boolean;
  /** The versions that it has loaded, by `versionKey`. */
  readonly loaded: Map<string, VersionRef>;
  /** `silent`: it has not answered in its usual time, and its replacement is being started. */
  readonly state: 'starting' | 'serving' | 'silent' | 'gone';
  /** When it last answered something. */
  answeredAtMs: number;
  /** Since when it owes an answer to a ping. */
  askedAtMs: number | undefined;
  /** Ends the wait for the answer to the last ping. */
  endPing(): void;
  /** It has not answered in its usual time. Starts its replacement; when that is ready, this one is ended. */
  markSilent(): void;
  /** It answered after all: its replacement is ended. False where that serves already, or it is gone. */
  markAlive(): boolean;
}

/** One slot of a group: a worker, and its replacement after its end or while it is silent. */
export interface WorkerSlot {
  readonly workers: readonly GroupWorker[];
  /** Resolves when the slot has had a worker that was ready, or was stopped. */
  readonly ready: Promise<void>;
  /** Starts no more workers. Idempotent. */
  stop(): void;
}

export interface WorkerSlotOptions {
  isWide: boolean;
  workerOptions(): Parameters<typeof startWorkerProcess>[0];
  log: Log;
  /** A worker has loaded its models; false where it cannot serve with them. */
  admit(worker: GroupWorker, models: readonly LoadedModel[]): boolean;
  /** A worker ended while it loaded this model; true where the next one may be started immediately. */
  blame(model: string, end: WorkerEnd): boolean;
  /** A worker is ready for its first frame. */
  onReady(worker: GroupWorker): void;
  /** A worker was lost that served, or was to serve. */
  onLost(): void;
  /** Workers came, went, or changed their state. */
  onChange(): void;
}

/** Where a process could not even be started: a machine that has no room now may have some later. */
const RETRY_MS = 500;
/** Number of kills from outside in a row that are probably deliberate; a machine that is short of memory goes on. */
const FREE_KILLS = 5;

export function createWorkerSlot(options: WorkerSlotOptions): WorkerSlot {
  const { isWide, log, admit, blame, onReady, onLost, onChange } = options;
  const workers: (GroupWorker & { state: GroupWorker['state'] })[] = [];
  const ready = createDeferred();
  const delayAfterCrash = createRestartDelay();
  const delayAfterKill = createRestartDelay(FREE_KILLS);
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  function startLater(delayMs: number): void {
    if (delayMs === 0) {
      start();
      return;
    }
    timer = setTimeout(() => {
      timer = undefined;
      start();
    }, delayMs);
  }

  /** Starts a worker, unless there is one or there will be. */
  function start(): void {
    if (isStopped || timer !== undefined || workers.some(({ state }) => state !== 'silent')) return;
    let process: WorkerProcess;
    try {
      process = startWorkerProcess(options.workerOptions());
    } catch (error) {
      log.error({ error: messageOf(error) }, 'no process for a worker');
      startLater(delayAfterCrash(0) + RETRY_MS);
      return;
    }
    const startedAt = performance.now();
    const worker: (typeof workers)[number] = {
      process,
      isWide,
      loaded: new Map(),
      state: 'starting',
      answeredAtMs: Number.NEGATIVE_INFINITY,
      askedAtMs: undefined,
      endPing() {},
      markSilent() {
        worker.state = 'silent';
        if (isStopped) process.kill('stopped by the server');
        start();
        onChange();
      },
      markAlive() {
        const replacement = workers.find((other) => other !== worker);
        if (worker.state !== 'silent' || !workers.includes(worker) || replacement?.state === 'serving')
          return false;
        worker.state = 'serving';
        replacement?.process.kill(NOT_NEEDED);
        clearTimeout(timer);
        timer = undefined;
        return true;
      },
    };
    workers.push(worker);
    onChange();
    process.ready.then(
      ({ models, loadMs }) => {
        if (!admit(worker, models)) {
          process.kill('cannot load a model that serves');
          return;
        }
        log.debug({ pid: process.pid, loadMs: Math.round(loadMs) }, 'worker ready');
        worker.state = 'serving';
        for (const other of workers) if (other !== worker) other.process.kill('replaced by another worker');
        ready.resolve();
        onReady(worker);
      },
      () => {}, // `exited` has the reason.
    );
    void process.exited.then((end) => {
      workers.splice(workers.indexOf(worker), 1);
      const wasReady = worker.state !== 'starting';
      worker.state = 'gone';
      const livedMs = performance.now() - startedAt;
      // One that did not get ready in time was ended by the server, and counts as crashed.
      const by = end.by === 'server' && !wasReady ? 'itself' : end.by;
      if (!isStopped) replace(process, { ...end, by }, livedMs);
      onChange();
    });
  }

  /** Starts the next worker after one is gone. */
  function replace({ loading, pid }: WorkerProcess, end: WorkerEnd, livedMs: number): void {
    const { why, by } = end;
    if (why === NOT_NEEDED) {
      // Unless the one that had answered was lost, or is silent again, before this one was gone.
      start();
      return;
    }
    if (loading !== undefined && blame(loading, end)) {
      start();
      return;
    }
    onLost();
    // Its successor was started when it became silent.
    if (workers.length > 0 || timer !== undefined) {
      log.warn({ pid, why, delayMs: 0 }, 'worker lost');
      return;
    }
    const delayMs =
      by === 'itself' ? delayAfterCrash(livedMs) : by === 'outside' ? delayAfterKill(livedMs) : 0;
    log.warn({ pid, why, delayMs }, 'worker lost');
    startLater(delayMs);
  }

  start();

  return {
    workers,
    ready: ready.promise,
    stop() {
      isStopped = true;
      clearTimeout(timer);
      timer = undefined;
      ready.resolve();
    },
  };
}

const NOT_NEEDED = 'its predecessor answered after all';
