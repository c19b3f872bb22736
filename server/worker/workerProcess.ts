import { forkChild } from '../config/forkChild.ts';
import type { RuntimeInfo } from '../inference/runtime.ts';
import type { ModelRef, VersionRef } from '../library/modelRef.ts';
import type { Accelerator, FrameRun, FromWorker, LoadedModel, ToWorker, WorkerResult } from './messages.ts';

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
  readonly ready: Promise<{ models: readonly LoadedModel[]; loadMs: number; runtime: RuntimeInfo }>;
  /** Resolves once, when the process is gone. */
  readonly exited: Promise<WorkerEnd>;
  /** The model that is being loaded; undefined when none is. */
  readonly loading: string | undefined;
  /** What runs its graphs; undefined until it is ready. */
  readonly runtime: RuntimeInfo | undefined;
  /** Its resident memory, as it last said; undefined until it has. */
  readonly memoryBytes: number | undefined;
  /**
   * Loads one model more, which was proven elsewhere. Not while a frame runs. Never rejects. A process that takes longer
   * than `startTimeoutMs` is ended.
   * @returns undefined when the process holds it
   */
  add(model: ModelRef): Promise<AddFailure | undefined>;
  /** Lets an accelerator run a version that it holds; as `add` otherwise. */
  accelerate(model: VersionRef, accelerator: Accelerator): Promise<AddFailure | undefined>;
  /** Back to the processor, after what runs. */
  decelerate(model: VersionRef): void;
  /** Gives up a model, after what runs. */
  remove(model: VersionRef): void;
  /**
   * Runs one frame, or several at once; one call at a time. Never rejects: when the process ends, the results are
   * `worker_lost`. It may never resolve, if the process hangs and is not killed.
   * @returns a result for each job, in their order
   */
  run(frames: FrameRun): Promise<readonly WorkerResult[]>;
  /** Resolves when the process has answered, or is gone. It answers immediately where it has nothing to do. */
  ping(): Promise<void>;
  /** Ends the process immediately. Idempotent; `exited` resolves when it is gone. */
  kill(why: string): void;
}

export const LOST: WorkerResult & { kind: 'dropped' } = { kind: 'dropped', reason: 'worker_lost' };
/** Of all of them. */
export const allLost = ({ jobs }: FrameRun): readonly WorkerResult[] => jobs.map(() => LOST);

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
 * For glibc; others do not read it. Blocks from this size on get pages of their own, which go back to the system when a session is
 * released. Without it, this limit grows with the first that is, up to 32 MiB: a process that had opened 24 sessions of the shipped
 * model, and released 23, held 248 MB, and holds 192 with it (165 with 64 KiB). Pixels and frames stay below: pages of their own were
 * 115 page faults for each picture, half a millisecond. What is free at the end of the heap is kept for the next picture, too.
 */
const MEMORY = { MALLOC_MMAP_THRESHOLD_: String(512 << 10), MALLOC_TRIM_THRESHOLD_: String(16 << 20) };

/**
 * Starts a worker.
 * @param startTimeoutMs a worker that takes longer over one of its models is killed
 */
export function startWorkerProcess(options: {
  models: readonly ModelRef[];
  widths: readonly number[];
  startTimeoutMs: number;
  onLoading?(pid: number | undefined, model: string): void;
  /** An accelerator failed over a frame. */
  onUnaccelerated?(model: VersionRef, why: string): void;
}): WorkerProcess {
  const child = forkChild(ENTRY, { env: MEMORY });
  let why: string | undefined;
  let loading: string | undefined;
  let memoryBytes: number | undefined;
  let runtime: RuntimeInfo | undefined;
  let nextId = 0;
  let running: { id: number; end(results?: readonly WorkerResult[]): void } | undefined;
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
      running?.end();
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
          runtime = message.runtime;
          clearTimeout(startTimer);
          resolve(message);
          break;
        case 'added':
          onAdded?.(message.why === undefined ? undefined : { why: message.why, hasEnded: false });
          break;
        case 'done':
          if (running?.id === message.id) running.end(message.results);
          break;
        case 'unaccelerated':
          options.onUnaccelerated?.(message.model, message.why);
          break;
        case 'pong':
          pong();
          break;
        case 'memory':
          memoryBytes = message.rssBytes;
          break;
      }
    });
    void exited.then((end) => reject(new Error(`The worker ended before it was ready: ${end.why}.`)));
  });
  // A caller that does not wait for `ready` learns of the end from `exited`.
  ready.catch(() => {});
  const isGone = () => child.exitCode !== null || child.signalCode !== null || !child.connected;
  send({ type: 'load', models: options.models, widths: options.widths });

  /** Sends what is answered by `added`. */
  function change(id: string, message: ToWorker): Promise<AddFailure | undefined> {
    if (isGone()) return Promise.resolve({ why: 'The worker ended.', hasEnded: true });
    options.onLoading?.(child.pid, id);
    return new Promise((resolve) => {
      loading = id;
      restartTimer();
      onAdded = (failure) => {
        onAdded = undefined;
        loading = undefined;
        clearTimeout(startTimer);
        resolve(failure);
      };
      send(message);
    });
  }

  return {
    pid: child.pid,
    ready,
    exited,
    get loading() {
      return loading;
    },
    get runtime() {
      return runtime;
    },
    get memoryBytes() {
      return memoryBytes;
    },
    add: (model) => change(model.id, { type: 'add', model }),
    accelerate: ({ id, version }, { provider, batches }) =>
      change(id, { type: 'accelerate', model: { id, version }, provider, batches }),
    decelerate({ id, version }) {
      send({ type: 'decelerate', model: { id, version } });
    },
    remove({ id, version }) {
      send({ type: 'remove', model: { id, version } });
    },
    run(frames) {
      return new Promise((resolve) => {
        if (isGone()) {
          resolve(allLost(frames));
          return;
        }
        const id = nextId++;
        running = {
          id,
          end(results = allLost(frames)) {
            running = undefined;
            resolve(results);
          },
        };
        send({ type: 'run', id, ...frames });
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
