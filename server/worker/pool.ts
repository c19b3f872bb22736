import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelInput } from '../../vision/manifest.ts';
import type { FrameJob, FrameQueue, TakenFrame } from '../queue/frameQueue.ts';
import type { Log } from '../telemetry/log.ts';
import { createCoreBudget } from './cores.ts';
import { type Crew, startCrew } from './crew.ts';
import { createDecoders } from './decoder/decoders.ts';
import type { DecodedPicture, EncodedPicture, LoadedModel, ModelRef } from './messages.ts';
import { type ShadowTrial, startShadowTrial, type TrialResult } from './trial.ts';
import { LOST } from './workerProcess.ts';

export interface WorkerPoolOptions {
  queue: FrameQueue;
  models: readonly ModelRef[];
  count: number;
  /** Cores that a run beside others may use; `count` times as many may be in use at once. */
  threads: number;
  /** A worker that is silent for longer over a frame is ended, ms; one that is so for much longer than usual is doubted before. */
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

/** What a decoder may take of a processor, in what the headers promised at most. */
const CPU_FACTOR = 1.3;
/** By the clock it may take longer than a frame: it yields to everyone. */
const DECODE_FACTOR = 4;

const encoded = ({ key: _, model: __, maxLabels: ___, ...picture }: FrameJob): EncodedPicture => ({
  kind: 'encoded',
  ...picture,
});

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
  /** They wait for a worker and its cores. */
  const sleepers: (() => void)[] = [];
  const wakeAll = () => {
    for (const wake of sleepers.splice(0)) wake();
  };
  // As many as pictures are looked at besides streams.
  const decoders = createDecoders({
    count: Math.max(1, count - 1),
    timeoutMs: DECODE_FACTOR * frameTimeoutMs,
    log,
  });
  let isClosed = false;
  /** Workers that are to take over. */
  let coming: Crew | undefined;

  const start = (models: readonly ModelRef[]): Crew => {
    const crew = startCrew({
      models,
      count,
      widths: { narrow: threads, wide },
      startTimeoutMs,
      frameTimeoutMs,
      log,
      onRestart,
      onIdle: wakeAll,
    });
    crews.add(crew);
    return crew;
  };
  let crew = start(options.models);

  /** A frame could run at once; or nothing is to be waited for any more. */
  const mayGoOn = () => (crew.hasIdle && cores.hasFree) || stop.signal.aborted;

  /**
   * Resolves when a worker or cores became free. All who wait are woken, the one that waited longest first: each has to
   * look again whether it may go on, and to take its worker in that same moment.
   */
  const nextChange = () => new Promise<void>((resolve) => sleepers.push(resolve));

  /** Frames leave the queue only when one can run at once: while they wait there, newer ones can replace them. */
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
    decoded?: { picture: DecodedPicture; version: string },
  ): Promise<void> {
    const now = crew;
    const { model } = frame.job;
    const version = now.versionOf(model);
    // Not while workers start: the threads of a wide run wait for each other, and one that has lost its core holds up all.
    const isAlone = coming === undefined && queue.waiting === 0 && now.canRunWide;
    const width = cores.take(isAlone);
    const isCurrent = version !== undefined && (decoded === undefined || decoded.version === version);
    const worker = isCurrent ? now.take(width > threads) : undefined;
    if (version === undefined || worker === undefined) {
      cores.giveBack(width);
      frame.answer(LOST);
      return;
    }
    const outcome = await now.run(worker, frame.job, decoded?.picture ?? encoded(frame.job), { width });
    if (outcome.kind === 'decodeElsewhere') {
      cores.giveBack(width);
      wakeAll();
      await decodeAndRun(frame, version, outcome.input);
      return;
    }
    frame.answer(
      outcome.kind === 'dropped'
        ? outcome
        : { ...outcome, version, timing: { ...outcome.timing, queueMs: frame.queueMs } },
    );
    // In the time of this frame's cores, so that nobody else waits for more than one more frame.
    if (decoded === undefined && trial?.wants(model)) await trial.look(frame.job, outcome, width);
    cores.giveBack(width);
    wakeAll();
  }

  async function decodeAndRun(frame: TakenFrame, version: string, input: ModelInput): Promise<void> {
    const { job } = frame;
    const decoded = await decoders.decode({ ...job, input, maxCpuMs: CPU_FACTOR * job.maxDecodeMs });
    if (decoded.kind === 'dropped') {
      frame.answer(decoded);
      return;
    }
    while (!mayGoOn()) await nextChange();
    await run(frame, { picture: decoded, version });
  }

  /** Shows other workers a frame that those in service have looked at; undefined where none of them has time. */
  async function tryIn(other: Crew, job: FrameJob, width: number) {
    const worker = other.take(true) ?? (width > threads ? undefined : other.take(false));
    if (worker === undefined) return undefined;
    const outcome = await other.run(worker, job, encoded(job), { width, isTrial: true });
    return outcome.kind === 'decodeElsewhere' ? undefined : outcome;
  }

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
        trial = startShadowTrial(how.trial.model, (job, width) => tryIn(next, job, width));
        const result = await Promise.race([trial.result, failed]);
        trial = undefined;
        how.trial.judge(result);
      }
      await Promise.race([next.complete, failed]);
      if (isClosed) stopped();
      const before = crew;
      crew = next;
      before.retire();
      void before.ended.then(() => crews.delete(before));
      how.onSwitch(loaded);
      wakeAll();
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
      decoders.close();
      wakeAll();
      await dispatching;
    },
  };
}
