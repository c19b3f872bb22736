import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameQueue, TakenFrame } from '../queue/frameQueue.ts';
import type { Log } from '../telemetry/log.ts';
import { createCoreBudget } from './cores.ts';
import type { LoadedModel } from './messages.ts';
import { createRestartDelay } from './restartDelay.ts';
import { startWorkerProcess, type WorkerProcess } from './workerProcess.ts';

export interface WorkerPoolOptions {
  queue: FrameQueue;
  models: readonly { id: string; dir: string }[];
  count: number;
  /** Cores that a run beside others may use; `count` times as many may be in use at once. */
  threads: number;
  /** A frame that takes longer costs its worker, ms. */
  frameTimeoutMs: number;
  /** How long a worker may take to load and prove its models, ms. Default 30,000. */
  startTimeoutMs?: number;
  log: Log;
  onRestart?: () => void;
}

/** A fixed number of worker processes that are given frames of the queue; each that ends is replaced. */
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

/** Beyond this, more cores make one run of a small network hardly faster. */
const MAX_WIDTH = 4;

export function startWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { queue, log, count, threads, startTimeoutMs = 30_000 } = options;
  const stop = new AbortController();
  const processes = new Set<WorkerProcess>();
  const idle: { worker: WorkerProcess; isWide: boolean }[] = [];
  const live = new Set<WorkerProcess>();
  /** Models that a worker has proven. */
  const served = new Set<string>();
  const wide = Math.max(threads, Math.min(count * threads, MAX_WIDTH));
  const cores = createCoreBudget({ total: count * threads, narrow: threads, wide });
  let wake: (() => void) | undefined;
  let markReady: (models: readonly LoadedModel[]) => void = () => {};
  const ready = new Promise<readonly LoadedModel[]>((resolve) => {
    markReady = resolve;
  });

  /** One place in the pool: a worker, and after its end the next. The first place has the worker for lone frames. */
  async function keepWorker(place: number): Promise<void> {
    const delayAfter = createRestartDelay();
    const isWide = place === 0 && wide > threads;
    const widths = isWide ? [threads, wide] : [threads];
    while (!stop.signal.aborted) {
      const startedAt = performance.now();
      const worker = startWorkerProcess({ models: options.models, widths, startTimeoutMs });
      processes.add(worker);
      worker.ready.then(
        ({ models, loadMs }) => {
          const failed = models.find((model) => !model.ok && served.has(model.id));
          if (failed) {
            // The folder changed under a running server. Others still serve what they loaded.
            log.error(
              { model: failed.id, why: failed.ok ? '' : failed.why },
              'worker cannot load a model that serves',
            );
            worker.kill();
            return;
          }
          log.debug({ pid: worker.pid, loadMs: Math.round(loadMs) }, 'worker ready');
          for (const model of models) if (model.ok) served.add(model.id);
          markReady(models);
          live.add(worker);
          release({ worker, isWide });
        },
        () => {}, // `exited` has the reason.
      );
      const why = await worker.exited;
      processes.delete(worker);
      live.delete(worker);
      if (stop.signal.aborted) return;

      const delayMs = delayAfter(performance.now() - startedAt);
      log.warn({ pid: worker.pid, why, delayMs }, 'worker lost');
      options.onRestart?.();
      await sleep(delayMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  function release(entry: { worker: WorkerProcess; isWide: boolean }): void {
    // Whoever can run on all cores stands in front, to be at hand for a lone frame.
    if (entry.isWide) idle.unshift(entry);
    else idle.push(entry);
    wake?.();
  }

  /** Waits until a frame could run at once. */
  async function roomForOne(): Promise<void> {
    for (;;) {
      for (let i = idle.length - 1; i >= 0; i--) {
        const entry = idle[i];
        if (entry && !live.has(entry.worker)) idle.splice(i, 1);
      }
      if (stop.signal.aborted || (idle.length > 0 && cores.hasFree)) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  /** Frames leave the queue only when one can run at once: while they wait there, newer ones can replace them. */
  async function dispatch(): Promise<void> {
    for (;;) {
      await roomForOne();
      const frame = await queue.take(stop.signal);
      if (frame === undefined) return;
      // The worker that stood ready may have died while there was nothing to do.
      await roomForOne();
      run(frame);
    }
  }

  function run(frame: TakenFrame): void {
    const isAlone = queue.waiting === 0 && idle[0]?.isWide === true;
    const width = cores.take(isAlone);
    const entry = width > threads || !idle.at(-1) ? idle.shift() : idle.pop();
    if (entry === undefined) {
      cores.giveBack(width);
      frame.answer({ kind: 'dropped', reason: 'worker_lost' });
      return;
    }
    void entry.worker.run(frame.job, { width, timeoutMs: options.frameTimeoutMs }).then((outcome) => {
      cores.giveBack(width);
      release(entry);
      frame.answer(
        outcome.kind === 'dropped'
          ? outcome
          : { ...outcome, timing: { ...outcome.timing, queueMs: frame.queueMs } },
      );
    });
  }

  const places = Array.from({ length: count }, (_, place) => keepWorker(place));
  const dispatching = dispatch();

  return {
    ready,
    get pids() {
      return [...processes].flatMap(({ pid }) => pid ?? []);
    },
    get live() {
      return live.size;
    },
    async close() {
      stop.abort();
      for (const worker of processes) worker.kill();
      await Promise.all(places);
      wake?.();
      await dispatching;
    },
  };
}
