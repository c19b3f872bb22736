import { messageOf } from '../../protocol/errors.ts';
import type { VersionRef } from '../library/modelRef.ts';
import type { Log } from '../telemetry/log.ts';
import { createDeferred } from './deferred.ts';
import type { LoadedModel } from './messages.ts';
import { createRestartDelay } from './restartDelay.ts';
import { startWorkerProcess, type WorkerEnd, type WorkerProcess } from './workerProcess.ts';

/** A worker of a crew. */
export interface Member {
  readonly process: WorkerProcess;
  /** It can run on all cores. */
  readonly isWide: boolean;
  /** The versions that it has loaded, by `versionKey`. */
  readonly holds: Map<string, VersionRef>;
  /** `doubtful`: it is silent, and the next one is being started beside it. */
  readonly state: 'starting' | 'serving' | 'doubtful' | 'gone';
  /** When it last answered something. */
  heardAtMs: number;
  /** Since when it owes an answer to a ping. */
  askedAtMs: number | undefined;
  /** Ends the wait for the answer to the last ping. */
  endPing(): void;
  /** Starts the next one beside it. When that is ready, this one is ended. */
  doubt(): void;
  /** It answered after all: the next one is ended. False where that took its place already, or it is gone. */
  trust(): boolean;
}

/** One place of a crew: a worker, after its end the next, and beside one that is silent the next, too. */
export interface Place {
  readonly members: readonly Member[];
  /** Resolves when the place has had a worker that was ready, or was stopped. */
  readonly ready: Promise<void>;
  /** Starts no more workers. Idempotent. */
  stop(): void;
}

export interface PlaceOptions {
  isWide: boolean;
  workerOptions(): Parameters<typeof startWorkerProcess>[0];
  log: Log;
  /** A worker has loaded its models; false where it cannot serve with them. */
  admit(member: Member, models: readonly LoadedModel[]): boolean;
  /** A worker ended while it loaded this model; true where the next one may be started at once. */
  blame(model: string, end: WorkerEnd): boolean;
  /** A worker is ready for its first frame. */
  onReady(member: Member): void;
  /** A worker was lost that served, or was to serve. */
  onLost(): void;
  /** Members came, went, or changed their state. */
  onChange(): void;
}

/** Where a process could not even be started: a machine that has no room now may have some later. */
const RETRY_MS = 500;
/** Whoever kills workers from outside may do so a few times in a row; a machine that is short of memory goes on. */
const FREE_KILLS = 5;

export function createPlace(options: PlaceOptions): Place {
  const { isWide, log, admit, blame, onReady, onLost, onChange } = options;
  const members: (Member & { state: Member['state'] })[] = [];
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
    if (isStopped || timer !== undefined || members.some(({ state }) => state !== 'doubtful')) return;
    let process: WorkerProcess;
    try {
      process = startWorkerProcess(options.workerOptions());
    } catch (error) {
      log.error({ error: messageOf(error) }, 'no process for a worker');
      startLater(delayAfterCrash(0) + RETRY_MS);
      return;
    }
    const startedAt = performance.now();
    const member: (typeof members)[number] = {
      process,
      isWide,
      holds: new Map(),
      state: 'starting',
      heardAtMs: Number.NEGATIVE_INFINITY,
      askedAtMs: undefined,
      endPing() {},
      doubt() {
        member.state = 'doubtful';
        if (isStopped) process.kill('stopped by the server');
        start();
        onChange();
      },
      trust() {
        const next = members.find((other) => other !== member);
        if (member.state !== 'doubtful' || !members.includes(member) || next?.state === 'serving')
          return false;
        member.state = 'serving';
        next?.process.kill(NOT_NEEDED);
        clearTimeout(timer);
        timer = undefined;
        return true;
      },
    };
    members.push(member);
    onChange();
    process.ready.then(
      ({ models, loadMs }) => {
        if (!admit(member, models)) {
          process.kill('cannot load a model that serves');
          return;
        }
        log.debug({ pid: process.pid, loadMs: Math.round(loadMs) }, 'worker ready');
        member.state = 'serving';
        for (const other of members) if (other !== member) other.process.kill('another took its place');
        ready.resolve();
        onReady(member);
      },
      () => {}, // `exited` has the reason.
    );
    void process.exited.then((end) => {
      members.splice(members.indexOf(member), 1);
      const wasReady = member.state !== 'starting';
      member.state = 'gone';
      const livedMs = performance.now() - startedAt;
      // One that did not get ready, or not in time, was ended by the server, and yet it is as if it had crashed.
      const by = end.by === 'server' && !wasReady ? 'itself' : end.by;
      if (!isStopped) replace(process, { ...end, by }, livedMs);
      onChange();
    });
  }

  /** A worker is gone, and the place goes on. */
  function replace({ loading, pid }: WorkerProcess, end: WorkerEnd, livedMs: number): void {
    const { why, by } = end;
    if (why === NOT_NEEDED) {
      // Unless the one that had answered was lost, or is doubted again, before this one was gone.
      start();
      return;
    }
    if (loading !== undefined && blame(loading, end)) {
      start();
      return;
    }
    onLost();
    // Its successor was started when it was doubted.
    if (members.length > 0 || timer !== undefined) {
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
    members,
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
