import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../childEnvironment.ts';
import type { FrameJob, FrameOutcome } from '../queue/frameQueue.ts';
import type { FromWorker, LoadedModel, ModelRef, ToWorker } from './messages.ts';

/** One worker process, from start to end. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** Resolves when the models are loaded and proven; rejects when the process ended before. */
  readonly ready: Promise<{ models: readonly LoadedModel[]; loadMs: number }>;
  /** Resolves once, when the process is gone, with why. */
  readonly exited: Promise<string>;
  /** The model that is being loaded; undefined when all are, or failed. */
  readonly loading: string | undefined;
  /**
   * Looks at one frame on `width` cores; one at a time. Never rejects: when the process dies, or takes longer than `timeoutMs` and is
   * killed for it, the outcome is `worker_lost`.
   */
  run(job: FrameJob, options: { width: number; timeoutMs: number }): Promise<WorkerOutcome>;
  /** Ends the process at once. Idempotent; `exited` tells when it is gone. */
  kill(): void;
}

type WorkerOutcome =
  | Extract<FrameOutcome, { kind: 'dropped' }>
  | ({ kind: 'detections' } & Omit<Extract<FromWorker, { type: 'done' }>, 'type' | 'id'>);

const LOST: WorkerOutcome = { kind: 'dropped', reason: 'worker_lost' };

// Built, the worker is a file beside ours; in development and in tests it is TypeScript, and so is this file.
const isSource = import.meta.url.endsWith('.ts');
const ENTRY = fileURLToPath(new URL(isSource ? './main.ts' : './worker.js', import.meta.url));

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
  const child: ChildProcess = fork(ENTRY, {
    execArgv: isSource ? ['--import', 'tsx'] : [],
    env: childEnvironment(),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let why: string | undefined;
  let loading: string | undefined;
  let nextId = 0;
  let running: { id: number; end(outcome: WorkerOutcome): void } | undefined;

  const kill = (reason: string) => {
    why ??= reason;
    child.kill('SIGKILL');
  };
  const send = (message: ToWorker) => {
    // An error here means that the pipe is gone, or never was; the exit or error event says the rest.
    if (child.connected) child.send(message, () => {});
  };

  let startTimer: NodeJS.Timeout | undefined;
  const restartTimer = () => {
    clearTimeout(startTimer);
    const what = loading === undefined ? 'not ready' : `"${loading}" not loaded`;
    startTimer = setTimeout(() => kill(`${what} after ${options.startTimeoutMs} ms`), options.startTimeoutMs);
  };
  restartTimer();
  const exited = new Promise<string>((resolve) => {
    const end = (reason: string) => {
      clearTimeout(startTimer);
      // In this order: whoever waits for a frame must find the worker known to be gone.
      resolve(why ?? reason);
      running?.end(LOST);
    };
    child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.once('error', (error) => end(error.message));
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
        case 'done':
          if (running?.id === message.id) {
            const { detections, embedding, timing } = message;
            running.end({ kind: 'detections', detections, embedding, timing });
          }
          break;
        case 'undecodable':
          if (running?.id === message.id) {
            running.end({ kind: 'dropped', reason: 'undecodable', detail: message.detail });
          }
          break;
      }
    });
    void exited.then((reason) => reject(new Error(`The worker ended before it was ready: ${reason}.`)));
  });
  // Whoever does not wait for `ready` learns of the end from `exited`.
  ready.catch(() => {});
  send({ type: 'load', models: options.models, widths: options.widths });

  return {
    pid: child.pid,
    ready,
    exited,
    get loading() {
      return loading;
    },
    run({ model, format, image, maxPixels, isFitted, maxLabels }, { width, timeoutMs }) {
      return new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null || !child.connected) {
          resolve(LOST);
          return;
        }
        const id = nextId++;
        const timer = setTimeout(() => kill(`a frame took more than ${timeoutMs} ms`), timeoutMs);
        running = {
          id,
          end(outcome) {
            clearTimeout(timer);
            running = undefined;
            resolve(outcome);
          },
        };
        send({ type: 'run', id, model, width, format, image, maxPixels, isFitted, maxLabels });
      });
    },
    kill: () => kill('stopped by the server'),
  };
}
