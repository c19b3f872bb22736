import type { WorkerStatus } from '../../protocol/status.ts';
import type { ModelInput } from '../../vision/manifest.ts';
import type { RuntimeInfo } from '../inference/runtime.ts';
import type { ModelRef, VersionRef } from '../library/modelRef.ts';
import { ModelRefusal, whyNotLoaded } from '../library/modelRefusal.ts';
import type { FrameJob, FrameOutbox, TakenFrame } from '../queue/frameQueue.ts';
import type { Log } from '../telemetry/log.ts';
import { createCoreBudget } from './cores.ts';
import { createDecoders } from './decoder/decoders.ts';
import type { DecodedPicture } from './decoder/messages.ts';
import { frameResult } from './frameResult.ts';
import type { Accelerator, LoadedCost, LoadedModel } from './messages.ts';
import { noteRuntime } from './noteRuntime.ts';
import { type ShadowTrial, startShadowTrial, type TrialResult } from './trial.ts';
import { WidthChoice } from './widthChoice.ts';
import { startWorkerGroup, type TakenWorker, type WorkerGroup } from './workerGroup.ts';
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
  /** An accelerator that served failed; the processor has taken over. */
  onAcceleratorLost?: (model: VersionRef, provider: string, why: string) => void;
}

/** A fixed number of worker processes that are given frames of the queue; each that ends is replaced. */
export interface WorkerPool {
  /** What became of each model in the first worker; resolves when frames can be answered. */
  readonly ready: Promise<readonly LoadedModel[]>;
  /** What runs graphs; known once `ready` has resolved. */
  readonly runtime: RuntimeInfo | undefined;
  /** Cores of a run next to others, and of one alone. */
  readonly widths: { readonly narrow: number; readonly wide: number };
  /** Process ids of the workers that run now. */
  readonly pids: readonly number[];
  /** Workers that can answer frames now. */
  readonly live: number;
  /** What the workers do, and the memory that they take; the one that proves a version among them. */
  readonly statuses: readonly WorkerStatus[];
  /**
   * Loads a version in a process of its own and proves it there, since a graph may take its process along; the process ends
   * afterwards. One at a time.
   * @throws Error that says why it cannot serve; what `judge` throws
   */
  prove(model: ModelRef, options?: ProveOptions): Promise<LoadedCost>;
  /**
   * Lets all workers hold a version that was proven, one after the other, and then lets it take over between two frames from
   * the version before, which they give up. Other models are not loaded again. One at a time.
   * @throws Error where a worker cannot load it, and what `mayUse` throws; nothing has changed then
   */
  adopt(model: ModelRef, options: AdoptOptions): Promise<void>;
  /**
   * Lets one worker after the other run a version that they hold on an accelerator, which has won a race.
   * @throws Error where one cannot; the processor goes on
   */
  accelerate(model: VersionRef, accelerator: Accelerator): Promise<void>;
  /** Time since a frame was last given to a worker, ms; 0 while models are being loaded. */
  readonly quietMs: number;
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

export interface AdoptOptions {
  inferMs: number;
  /** Called at the moment from which frames are run with it. */
  onSwitch(): void;
  /** Waited for when all workers hold it, before any of them runs it: others may have to be as far. Default: not at all */
  mayUse?(signal: AbortSignal): Promise<void>;
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
  const widths = { narrow: threads, wide };
  const cores = createCoreBudget({ total: count * threads, ...widths });
  const widthChoice = new WidthChoice();
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
      widths,
      startTimeoutMs,
      frameTimeoutMs,
      log,
      onRestart,
      onAcceleratorLost: options.onAcceleratorLost,
      onIdle: wakeAll,
    });
  const group = start(options.models, count);
  void group.proven.then(() => noteRuntime(group.runtime, log));
  /** One worker with a version that is being proven. */
  let candidate: WorkerGroup | undefined;
  /** Models are being loaded. */
  let isChanging = false;
  let ranAtMs = Number.NEGATIVE_INFINITY;

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
    ranAtMs = performance.now();
    const { model, isSecondary } = frame.job;
    const found = group.versionOf(model);
    // Not while models are loaded: the threads of a wide run wait for each other, and one that has lost its core holds up all.
    const isAlone =
      !isSecondary && !isChanging && frame.isAlone && group.canRunWide && cores.areAllFree && wide > threads;
    const width = cores.take(isAlone && found !== undefined && widthChoice.isWide(model, found));
    const other = embedderOf(frame.job);
    const isCurrent = found !== undefined && (decoded === undefined || decoded.version === found);
    const worker = isCurrent && other !== 'gone' ? group.take(width > threads) : undefined;
    const isLone = decoded || other || frame.isAlone;
    const counts = worker && found && !isLone ? countsOf(worker, model, found) : [];
    const others = counts.length === 0 ? [] : await queue.takeWaiting(model, counts);
    const frames = [frame, ...others];
    // While they were taken another version may have taken over, which all workers hold then.
    const version = counts.length === 0 ? found : group.versionOf(model);
    if (version === undefined || worker === undefined || other === 'gone') {
      if (worker) group.giveBack(worker);
      cores.giveBack(width);
      for (const one of frames) one.answer(LOST);
      return;
    }
    const work = { jobs: frames.map(({ job }) => job), version, width, embedder: other };
    const results = await group.run(worker, { ...work, decoded: decoded?.picture });
    const [result = LOST] = results;
    if (isAlone && result.kind === 'answered')
      widthChoice.ran(model, version, width > threads, result.timing.inferMs);
    const elsewhere = frames.flatMap((one, at) => {
      const its = results[at] ?? LOST;
      if (its.kind === 'decodeElsewhere') return [() => decodeAndRun(one, version, its)];
      one.answer(frameResult(one, its, { version, tiles: decoded?.tiles, batch: frames.length }));
      return [];
    });
    // In the time of this frame's cores, so that no other frame waits for more than this one more.
    if (result.kind !== 'decodeElsewhere' && !decoded && !other && frames.length === 1 && trial?.wants(model))
      await trial.compare(frame.job, result, width);
    cores.giveBack(width);
    wakeAll();
    await Promise.all(elsewhere.map((decodeNow) => decodeNow()));
  }

  /** What embeds what is found in a frame, where its job names it; `gone` where the workers hold it no more. */
  function embedderOf({ embedder: id }: FrameJob): VersionRef | 'gone' | undefined {
    if (id === undefined) return undefined;
    const version = group.versionOf(id);
    return version === undefined ? 'gone' : { id, version };
  }

  /** How many more frames this worker may run with one. None while a new version is compared on live frames, one by one. */
  const countsOf = (worker: TakenWorker, model: string, version: string) =>
    trial ? [] : group.batchesOn(worker, { id: model, version }).map((batch) => batch - 1);

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
    const [result = LOST] = await other.run(worker, { jobs: [job], version, width }, { isTrial: true });
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

  const adopt: WorkerPool['adopt'] = async (model, { inferMs, onSwitch, mayUse }) => {
    await changing((signal) => group.add(model, signal));
    try {
      await mayUse?.(abandoned.signal);
    } catch (error) {
      group.giveUp(model);
      throw error;
    }
    group.use(model, inferMs);
    onSwitch();
  };

  const dispatching = dispatch();

  return {
    ready: group.proven,
    widths,
    get runtime() {
      return group.runtime;
    },
    get pids() {
      return [...group.pids, ...(candidate?.pids ?? [])];
    },
    get live() {
      return group.live;
    },
    get statuses() {
      return [...group.statuses, ...(candidate?.statuses ?? [])];
    },
    prove,
    adopt,
    accelerate: (model, accelerator) =>
      group.accelerate(
        model,
        accelerator,
        AbortSignal.any([abandoned.signal, AbortSignal.timeout(2 * startTimeoutMs)]),
      ),
    get quietMs() {
      return isChanging ? 0 : performance.now() - ranAtMs;
    },
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
