import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameQueue } from '../queue/frameQueue.ts';
import type { Log } from '../telemetry/log.ts';
import type { LoadedModel } from './messages.ts';
import { startWorkerProcess, type WorkerProcess } from './workerProcess.ts';

export interface WorkerPoolOptions {
  queue: FrameQueue;
  models: readonly { id: string; dir: string }[];
  count: number;
  /** Cores that one run may use. */
  threads: number;
  /** A frame that takes longer costs its worker, ms. */
  frameTimeoutMs: number;
  /** How long a worker may take to load and prove its models, ms. Default 30,000. */
  startTimeoutMs?: number;
  log: Log;
  onRestart?: () => void;
}

/** A fixed number of worker processes that take frames from the queue; each that ends is replaced. */
export interface WorkerPool {
  /** What became of each model in the first worker; resolves when frames can be answered. */
  readonly ready: Promise<readonly LoadedModel[]>;
  /** Process ids of the workers that run now. */
  readonly pids: readonly number[];
  /** Workers that can answer frames now. */
  readonly live: number;
  /** Ends all workers; what they were running is answered `worker_lost`. Idempotent. */
  close(): Promise<void>;
}

/** A worker that lived less long gets its successor with a growing delay, so a crash loop does not eat the machine. */
const HEALTHY_AFTER_MS = 10_000;
const MAX_RESTART_DELAY_MS = 10_000;

export function startWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { queue, log, startTimeoutMs = 30_000 } = options;
  const stop = new AbortController();
  const processes = new Set<WorkerProcess>();
  let live = 0;
  let markReady: (models: readonly LoadedModel[]) => void = () => {};
  const ready = new Promise<readonly LoadedModel[]>((resolve) => {
    markReady = resolve;
  });

  /** One place in the pool: a worker, and after its end the next. */
  async function keepWorker(): Promise<void> {
    let failures = 0;
    while (!stop.signal.aborted) {
      const startedAt = performance.now();
      const worker = startWorkerProcess({ ...options, startTimeoutMs });
      processes.add(worker);
      const dead = new AbortController();
      void worker.exited.then(() => dead.abort());
      await serve(worker, AbortSignal.any([stop.signal, dead.signal]));
      const why = await worker.exited;
      processes.delete(worker);
      if (stop.signal.aborted) return;

      failures = performance.now() - startedAt > HEALTHY_AFTER_MS ? 0 : failures + 1;
      const delayMs = failures <= 2 ? 0 : Math.min(100 * 2 ** (failures - 2), MAX_RESTART_DELAY_MS);
      log.warn({ pid: worker.pid, why, delayMs }, 'worker lost');
      options.onRestart?.();
      await sleep(delayMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  async function serve(worker: WorkerProcess, signal: AbortSignal): Promise<void> {
    let loaded: Awaited<WorkerProcess['ready']>;
    try {
      loaded = await worker.ready;
    } catch {
      return; // `exited` has the reason.
    }
    markReady(loaded.models);
    log.debug({ pid: worker.pid, loadMs: Math.round(loaded.loadMs) }, 'worker ready');
    live += 1;
    for (;;) {
      const frame = await queue.take(signal);
      if (frame === undefined) break;
      const outcome = await worker.run(frame.job, options.frameTimeoutMs);
      frame.answer(
        outcome.kind === 'dropped'
          ? outcome
          : { ...outcome, timing: { ...outcome.timing, queueMs: frame.queueMs } },
      );
    }
    live -= 1;
  }

  const places = Array.from({ length: options.count }, keepWorker);

  return {
    ready,
    get pids() {
      return [...processes].flatMap(({ pid }) => pid ?? []);
    },
    get live() {
      return live;
    },
    async close() {
      stop.abort();
      for (const worker of processes) worker.kill();
      await Promise.all(places);
    },
  };
}
