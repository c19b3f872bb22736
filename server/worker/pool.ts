import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameJob, FrameQueue, TakenFrame } from '../queue/frameQueue.ts';
import type { Log } from '../telemetry/log.ts';
import { createCoreBudget } from './cores.ts';
import { type Crew, type IdleWorker, startCrew } from './crew.ts';
import type { LoadedModel, ModelRef } from './messages.ts';
import { type ShadowTrial, startShadowTrial, type TrialResult } from './trial.ts';

export interface WorkerPoolOptions {
  queue: FrameQueue;
  models: readonly ModelRef[];
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
  /**
   * Starts workers with other models beside those that run, and lets them take over between two frames; the old ones
   * end when they have finished what they run. One at a time.
   * @param options.judge looks at what loaded, and at how a version did on live frames; what it throws ends the new
   * workers, and the old ones go on
   * @param options.onSwitch called at the moment from which frames are looked at by the new workers
   */
  replace(models: readonly ModelRef[], options: ReplaceOptions): Promise<readonly LoadedModel[]>;
  /** Ends workers that are to take over, and starts no more of them. Idempotent. */
  abandon(): void;
  /** Ends all workers; what they were running is answered `worker_lost`. Idempotent. */
  close(): Promise<void>;
}

export interface ReplaceOptions {
  judge?(loaded: readonly LoadedModel[]): void;
  /** A model whose new version gets a share of live frames before it takes over, its answers being compared only. */
  trial?: { model: string; judge(result: TrialResult): void } | undefined;
  onSwitch(loaded: readonly LoadedModel[]): void;
}

/** Beyond this, more cores make one run of a small network hardly faster. */
const MAX_WIDTH = 4;

const stopped = (): never => {
  throw new Error('The server stops.');
};

export function startWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { queue, log, count, threads, frameTimeoutMs, startTimeoutMs = 30_000, onRestart } = options;
  const stop = new AbortController();
  const wide = Math.max(threads, Math.min(count * threads, MAX_WIDTH));
  const cores = createCoreBudget({ total: count * threads, narrow: threads, wide });
  /** All whose workers still live: the one that is given frames, one before it, one that is to follow. */
  const crews = new Set<Crew>();
  let trial: ShadowTrial | undefined;
  let wake: (() => void) | undefined;
  let isClosed = false;
  /** Workers that are to take over. */
  let coming: Crew | undefined;

  const start = (models: readonly ModelRef[]): Crew => {
    const crew = startCrew({
      models,
      count,
      widths: { narrow: threads, wide },
      startTimeoutMs,
      log,
      onRestart,
      onIdle: () => wake?.(),
    });
    crews.add(crew);
    return crew;
  };
  let crew = start(options.models);

  /** Waits until a frame could run at once. */
  async function roomForOne(): Promise<void> {
    while (!stop.signal.aborted && !(crew.idle.length > 0 && cores.hasFree)) {
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
      // The worker that stood ready may have died while there was nothing to do, and others may not come soon.
      if (crew.idle.length === 0)
        await Promise.race([roomForOne(), sleep(frameTimeoutMs, undefined, { ref: false })]);
      void run(frame);
    }
  }

  async function run(frame: TakenFrame): Promise<void> {
    const now = crew;
    const version = now.versionOf(frame.job.model);
    // Not while workers start: the threads of a wide run wait for each other, and one that has lost its core holds up all.
    const isAlone = coming === undefined && queue.waiting === 0 && now.idle[0]?.isWide === true;
    const width = cores.take(isAlone);
    const worker = version === undefined ? undefined : now.take(width > threads);
    if (version === undefined || worker === undefined) {
      cores.giveBack(width);
      frame.answer({ kind: 'dropped', reason: 'worker_lost' });
      return;
    }
    const outcome = await runOn(worker, frame.job, width);
    now.release(worker);
    frame.answer(
      outcome.kind === 'dropped'
        ? outcome
        : { ...outcome, version, timing: { ...outcome.timing, queueMs: frame.queueMs } },
    );
    // In the time of this frame's cores, so that nobody else waits for more than one more frame.
    if (trial?.wants(frame.job.model)) await trial.look(frame.job, outcome, width);
    cores.giveBack(width);
    wake?.();
  }

  const runOn = (worker: IdleWorker, job: FrameJob, width: number) =>
    worker.process.run(job, { width, timeoutMs: frameTimeoutMs });

  async function replace(models: readonly ModelRef[], how: ReplaceOptions): Promise<readonly LoadedModel[]> {
    if (isClosed) stopped();
    const next = start(models);
    coming = next;
    const tooLate = new AbortController();
    const failed = Promise.race([
      next.ended.then(stopped),
      sleep(startTimeoutMs * (count + 1), undefined, { signal: tooLate.signal, ref: false }).then(() => {
        throw new Error('The new workers did not start in time.');
      }),
    ]);
    // It is of interest only while somebody waits for the new workers.
    failed.catch(() => {});
    try {
      const loaded = await Promise.race([next.proven, failed]);
      how.judge?.(loaded);
      if (how.trial) {
        const worker = next.take(true);
        if (worker === undefined) throw new Error('The new worker ended before its trial.');
        trial = startShadowTrial(how.trial.model, (job, width) => runOn(worker, job, width));
        const result = await Promise.race([trial.result, failed]);
        trial = undefined;
        next.release(worker);
        how.trial.judge(result);
      }
      await Promise.race([next.complete, failed]);
      if (isClosed) stopped();
      const before = crew;
      crew = next;
      before.retire();
      void before.ended.then(() => crews.delete(before));
      how.onSwitch(loaded);
      wake?.();
      return loaded;
    } catch (cause) {
      trial = undefined;
      await next.close();
      crews.delete(next);
      throw cause;
    } finally {
      coming = undefined;
      tooLate.abort();
    }
  }

  const dispatching = dispatch();

  return {
    ready: crew.proven,
    get pids() {
      return [...crews].flatMap(({ pids }) => pids);
    },
    get live() {
      return crew.live;
    },
    replace,
    abandon() {
      isClosed = true;
      void coming?.close();
    },
    async close() {
      isClosed = true;
      stop.abort();
      await Promise.all([...crews].map((each) => each.close()));
      wake?.();
      await dispatching;
    },
  };
}
