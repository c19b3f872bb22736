import type { ModelInput } from '../../vision/manifest.ts';
import type { ModelRef } from '../library/modelRef.ts';
import { ModelRefusal, whyNotLoaded } from '../library/modelRefusal.ts';
import type { FrameJob, FrameOutbox, TakenFrame } from '../queue/frameQueue.ts';
import type { Log } from '../telemetry/log.ts';
import { createCoreBudget } from './cores.ts';
import { createDecoders } from './decoder/decoders.ts';
import type { DecodedPicture } from './decoder/messages.ts';
import type { LoadedCost, LoadedModel } from './messages.ts';
import { type ShadowTrial, startShadowTrial, type TrialResult } from './trial.ts';
import { startWorkerGroup, type WorkerGroup } from './workerGroup.ts';
import { LOST } from './workerProcess.ts';

export interface WorkerPoolOptions {
  queue: FrameOutbox;
  models: readonly ModelRef[];
  count: number;
  /** Cores that a run next to others may use; all runs together may use `count` times that number. */
  threads: number;
  /** A worker that is silent for longer over a frame is ended, ms; the replacement of one that is silent for much longer than usual is started before that. */
  frameTimeoutMs: number;
  /** Time in which a worker has to load and prove each of its models, ms. Default 30,000. */
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
   * Loads a version in a process of its own and proves it there, since a graph may take its process along; the process ends
   * afterwards. One at a time.
   * @throws Error that says why it cannot serve; what `judge` throws
   */
  prove(model: ModelRef, options?: ProveOptions): Promise<LoadedCost>;
  /**
   * Lets all workers hold a version that was proven, one after the other, and then lets it take over between two frames from
   * the version before, which they give up. Other models are not loaded again. One at a time.
   * @param options.onSwitch called at the moment from which frames are run with it
   * @throws Error where a worker cannot load it; nothing has changed then
   */
  adopt(model: ModelRef, options: { inferMs: number; onSwitch(): void }): Promise<void>;
  /** Lets all workers give up models that no one asks for. */
  remove(ids: readonly string[]): void;
  /** Gives up what `prove` and `adopt` are about, and all that they are asked for later. Idempotent. */
  abandon(): void;
  /** Ends all workers; what they were running is answered `worker_lost`. Idempotent. */
  close(): Promise<void>;
}

export interface ProveOptions {
  /** Throws where the version costs too much. */
  judge?(cost: LoadedCost): void;
  /** It gets a share of the live frames of its model, its answers being compared only. */
  trial?: { judge(result: TrialResult): void } | undefined;
}

/** Beyond this, more cores make one run of a small network hardly faster. */
const MAX_WIDTH = 4;

/** What a decoder may take of a processor, in what the headers promised at most. */
const CPU_FACTOR = 1.3;
/** By the clock it may take longer than a frame: it yields to all other processes. */
const DECODE_FACTOR = 4;

/** The picture of a job that has been decoded. */
const NO_BYTES = new Uint8Array();

export function startWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { queue, log, count, threads, frameTimeoutMs, startTimeoutMs = 30_000, onRestart } = options;
  const stop = new AbortController();
  /** Aborts when models are not to change any more. */
  const abandoned = new AbortController();
  const wide = Math.max(threads, Math.min(count * threads, MAX_WIDTH));
  const cores = createCoreBudget({ total: count * threads, narrow: threads, wide });
  let trial: ShadowTrial | undefined;
  /** They wait for a worker and its cores. */
  const sleepers: (() => void)[] = [];
  const wakeAll = () => {
    for (const wake of sleepers.splice(0)) wake();
  };
  // The number of pictures that `/v1/predict` runs next to streams.
  const decoders = createDecoders({
    count: Math.max(1, count - 1),
    timeoutMs: DECODE_FACTOR * frameTimeoutMs,
    log,
  });
  const start = (models: readonly ModelRef[], workers: number): WorkerGroup =>
    startWorkerGroup({
      models,
      count: workers,
      widths: { narrow: threads, wide },
      startTimeoutMs,
      frameTimeoutMs,
      log,
      onRestart,
      onIdle: wakeAll,
    });
  const group = start(options.models, count);
  /** One worker with a version that is being proven. */
  let candidate: WorkerGroup | undefined;
  /** Models are being loaded. */
  let isChanging = false;

  /** A frame could run immediately; or there is nothing to wait for any more. */
  const mayGoOn = () => (group.hasIdle && cores.hasFree) || stop.signal.aborted;

  /**
   * Resolves when a worker or cores became free. All that wait are woken, the one that waited longest first: each has to
   * check again whether it may go on, and to take its worker in that same moment.
   */
  const nextChange = () => new Promise<void>((resolve) => sleepers.push(resolve));

  /** Frames leave the queue only when one can run immediately: while they wait there, newer ones can replace them. */
  async function dispatch(): Promise<void> {
    for (;;) {
      while (!mayGoOn()) await nextChange();
      const frame = await queue.take(stop.signal);
      if (frame === undefined) return;
      // The worker that stood ready may have died, or have got another frame; and others may not come soon.
      let isTooLate = false;
      const timer = setTimeout(() => {
        isTooLate = true;
        wakeAll();
      }, frameTimeoutMs);
      timer.unref();
      while (!mayGoOn() && !isTooLate) await nextChange();
      clearTimeout(timer);
      void run(frame);
    }
  }

  /** @param decoded its picture, where a worker found it too costly to decode, and the version that it was decoded for */
  async function run(
    frame: TakenFrame,
    decoded?: { picture: DecodedPicture; tiles: DecodedPicture['tiles']; version: string },
  ): Promise<void> {
    const { model } = frame.job;
    const version = group.versionOf(model);
    // Not while models are loaded: the threads of a wide run wait for each other, and one that has lost its core holds up all.
    const isAlone = !isChanging && frame.isAlone && group.canRunWide;
    const width = cores.take(isAlone);
    const isCurrent = version !== undefined && (decoded === undefined || decoded.version === version);
    const worker = isCurrent ? group.take(width > threads) : undefined;
    if (version === undefined || worker === undefined) {
      cores.giveBack(width);
      frame.answer(LOST);
      return;
    }
    const { job } = frame;
    const result = await group.run(worker, { job, version, width, decoded: decoded?.picture });
    if (result.kind === 'decodeElsewhere') {
      cores.giveBack(width);
      wakeAll();
      await decodeAndRun(frame, version, result);
      return;
    }
    frame.answer(
      result.kind === 'dropped'
        ? result
        : {
            ...result,
            version,
            timing: { ...result.timing, queueMs: frame.queueMs },
            ...(decoded?.tiles && { tiles: decoded.tiles }),
          },
    );
    // In the time of this frame's cores, so that no other frame waits for more than this one more.
    if (decoded === undefined && trial?.wants(model)) await trial.compare(job, result, width);
    cores.giveBack(width);
    wakeAll();
  }

  async function decodeAndRun(
    frame: TakenFrame,
    version: string,
    { input, stepsMs }: { input: ModelInput; stepsMs: number },
  ): Promise<void> {
    const { job } = frame;
    const maxCpuMs = CPU_FACTOR * (job.maxDecodeMs + stepsMs);
    const decoded = await decoders.decode({ ...job, input, maxCpuMs });
    if (decoded.kind === 'dropped') {
      frame.answer(decoded);
      return;
    }
    while (!mayGoOn()) await nextChange();
    const { tiles, ...picture } = decoded;
    await run({ ...frame, job: { ...job, image: NO_BYTES } }, { picture, tiles, version });
  }

  /** Shows the version that is being proven a frame; undefined where its worker has no time. */
  async function tryIn(other: WorkerGroup, version: string, job: FrameJob, width: number) {
    const worker = other.take(false);
    if (worker === undefined) return undefined;
    const result = await other.run(worker, { job, version, width }, { isTrial: true });
    return result.kind === 'decodeElsewhere' ? undefined : result;
  }

  /** What comes of `work`, unless models are not to change any more, or it takes too long. */
  async function changing<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    const signal = AbortSignal.any([abandoned.signal, limit.signal]);
    const timer = setTimeout(
      () => limit.abort(new Error('The workers did not load the model in time.')),
      startTimeoutMs * (count + 1),
    );
    timer.unref();
    isChanging = true;
    try {
      signal.throwIfAborted();
      return await work(signal);
    } finally {
      clearTimeout(timer);
      isChanging = false;
    }
  }

  async function prove(model: ModelRef, { judge, trial: live }: ProveOptions = {}): Promise<LoadedCost> {
    return changing(async (signal) => {
      const other = start([model], 1);
      candidate = other;
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      // It is of interest only while the new version is awaited.
      aborted.catch(() => {});
      try {
        const [loaded] = await Promise.race([other.proven, aborted]);
        if (!loaded?.ok) throw new ModelRefusal(whyNotLoaded(loaded), loaded?.details);
        judge?.(loaded);
        if (live) {
          trial = startShadowTrial(model.id, (job, width) => tryIn(other, model.version, job, width));
          const result = await Promise.race([trial.result, aborted]);
          trial = undefined;
          live.judge(result);
        }
        return loaded;
      } finally {
        trial = undefined;
        await other.close();
        candidate = undefined;
      }
    });
  }

  const adopt: WorkerPool['adopt'] = (model, { inferMs, onSwitch }) =>
    changing(async (signal) => {
      await group.add(model, signal);
      group.use(model, inferMs);
      onSwitch();
    });

  const dispatching = dispatch();

  return {
    ready: group.proven,
    get pids() {
      return [...group.pids, ...(candidate?.pids ?? [])];
    },
    get live() {
      return group.live;
    },
    prove,
    adopt,
    remove: group.remove,
    abandon: () => abandoned.abort(new Error('The server stops.')),
    async close() {
      abandoned.abort(new Error('The server stops.'));
      stop.abort();
      await Promise.all([group.close(), candidate?.close()]);
      decoders.close();
      wakeAll();
      await dispatching;
    },
  };
}
