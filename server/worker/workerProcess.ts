import { forkChild } from '../config/forkChild.ts';
import type { ModelRef, VersionRef } from '../library/modelRef.ts';
import type { FrameRun, FromWorker, LoadedModel, ToWorker, WorkerResult } from './messages.ts';

/** How a worker process ended. */
export interface WorkerEnd {
  why: string;
  /** `server`: we ended it. `outside`: it got a signal from elsewhere. `itself`: it crashed, or could not be started. */
  by: 'server' | 'outside' | 'itself';
}

/** Why a process does not hold a model that it was to load. */
export interface AddFailure {
  why: string;
  /** The process ended while it loaded, which may have had another cause. */
  hasEnded: boolean;
}

/** One worker process, from start to end. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** Resolves when the models are loaded and proven; rejects when the process ended before. */
  readonly ready: Promise<{ models: readonly LoadedModel[]; loadMs: number }>;
  /** Resolves once, when the process is gone. */
  readonly exited: Promise<WorkerEnd>;
  /** The model that is being loaded; undefined when none is. */
  readonly loading: string | undefined;
  /**
   * Loads one model more, which was proven elsewhere. Not while a frame runs. Never rejects. A process that takes longer
   * than `startTimeoutMs` is ended.
   * @returns undefined when the process holds it
   */
  add(model: ModelRef): Promise<AddFailure | undefined>;
  /** Gives up a model, after what runs. */
  remove(model: VersionRef): void;
  /**
   * Runs one frame; one at a time. Never rejects: when the process ends, the result is `worker_lost`. It may never
   * resolve, if the process hangs and is not killed.
   */
  run(frame: FrameRun): Promise<WorkerResult>;
  /** Resolves when the process has answered, or is gone. It answers immediately where it has nothing to do. */
  ping(): Promise<void>;
  /** Ends the process immediately. Idempotent; `exited` resolves when it is gone. */
  kill(why: string): void;
}

export const LOST: WorkerResult & { kind: 'dropped' } = { kind: 'dropped', reason: 'worker_lost' };

/** Signals that a crash does not send; the system's own, when memory is short, is one of them. */
const SENT_FROM_OUTSIDE: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
]);

const ENTRY = { source: new URL('./main.ts', import.meta.url), built: 'worker.js' };

/**
 * For glibc; others do not read it. Blocks from 64 KiB on get pages of their own, which go back to the system when a session is
 * released. Without it, this limit grows with the first that is, up to 32 MiB: a worker that had taken 24 versions of the
 * shipped model held 393 MB, and grew on, where it holds 176 with it, and 159 at its start. A run takes as long.
 */
const GIVE_MEMORY_BACK = { MALLOC_MMAP_THRESHOLD_: String(64 << 10) };

/**
 * Starts a worker.
 * @param startTimeoutMs a worker that takes longer over one of its models is killed
 */
export function startWorkerProcess(options: {
  models: readonly ModelRef[];
  widths: readonly number[];
  startTimeoutMs: number;
  onLoading?(pid: number | undefined, model: string): void;
}): WorkerProcess {
  const child = forkChild(ENTRY, { env: GIVE_MEMORY_BACK });
  let why: string | undefined;
  let loading: string | undefined;
  let nextId = 0;
  let running: { id: number; end(result: WorkerResult): void } | undefined;
  let pings: (() => void)[] = [];
  let onAdded: ((failure: AddFailure | undefined) => void) | undefined;

  const kill = (reason: string) => {
    why ??= reason;
    child.kill('SIGKILL');
  };
  const send = (message: ToWorker) => {
    // An error here means that the pipe is gone, or never was; the exit or error event follows.
    if (child.connected) child.send(message, () => {});
  };

  let startTimer: NodeJS.Timeout | undefined;
  const restartTimer = () => {
    clearTimeout(startTimer);
    const what = loading === undefined ? 'not ready' : `"${loading}" not loaded`;
    startTimer = setTimeout(() => kill(`${what} after ${options.startTimeoutMs} ms`), options.startTimeoutMs);
  };
  restartTimer();
  const pong = () => {
    for (const answer of pings) answer();
    pings = [];
  };
  const exited = new Promise<WorkerEnd>((resolve) => {
    const end = (reason: string, by: WorkerEnd['by']) => {
      clearTimeout(startTimer);
      // In this order: the code that waits for a frame must find the worker known to be gone.
      resolve(why === undefined ? { why: reason, by } : { why, by: 'server' });
      running?.end(LOST);
      onAdded?.({ why: `The worker ended while it loaded this model: ${why ?? reason}.`, hasEnded: true });
      pong();
    };
    child.once('exit', (code, signal) => {
      if (signal === null) end(`exit code ${code}`, 'itself');
      else end(`signal ${signal}`, SENT_FROM_OUTSIDE.has(signal) ? 'outside' : 'itself');
    });
    child.once('error', (error) => end(error.message, 'itself'));
  });
  const ready = new Promise<Extract<FromWorker, { type: 'ready' }>>((resolve, reject) => {
    child.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'loading':
          loading = message.id;
          restartTimer();
          options.onLoading?.(child.pid, message.id);
          break;
        case 'ready':
          loading = undefined;
          clearTimeout(startTimer);
          resolve(message);
          break;
        case 'added':
          onAdded?.(message.why === undefined ? undefined : { why: message.why, hasEnded: false });
          break;
        case 'done':
          if (running?.id === message.id) running.end(message.result);
          break;
        case 'pong':
          pong();
          break;
      }
    });
    void exited.then((end) => reject(new Error(`The worker ended before it was ready: ${end.why}.`)));
  });
  // A caller that does not wait for `ready` learns of the end from `exited`.
  ready.catch(() => {});
  const isGone = () => child.exitCode !== null || child.signalCode !== null || !child.connected;
  send({ type: 'load', models: options.models, widths: options.widths });

  return {
    pid: child.pid,
    ready,
    exited,
    get loading() {
      return loading;
    },
    add(model) {
      if (isGone()) return Promise.resolve({ why: 'The worker ended.', hasEnded: true });
      options.onLoading?.(child.pid, model.id);
      return new Promise((resolve) => {
        loading = model.id;
        restartTimer();
        onAdded = (failure) => {
          onAdded = undefined;
          loading = undefined;
          clearTimeout(startTimer);
          resolve(failure);
        };
        send({ type: 'add', model });
      });
    },
    remove({ id, version }) {
      send({ type: 'remove', model: { id, version } });
    },
    run(frame) {
      return new Promise((resolve) => {
        if (isGone()) {
          resolve(LOST);
          return;
        }
        const id = nextId++;
        running = {
          id,
          end(result) {
            running = undefined;
            resolve(result);
          },
        };
        send({ type: 'run', id, ...frame });
      });
    },
    ping() {
      if (isGone()) return Promise.resolve();
      return new Promise((resolve) => {
        pings.push(resolve);
        send({ type: 'ping' });
      });
    },
    kill,
  };
}
