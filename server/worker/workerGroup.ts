import type { WorkerStatus } from '../../protocol/status.ts';
import { MAX_REGIONS } from '../../vision/things/planRegions.ts';
import type { RuntimeInfo } from '../inference/runtime.ts';
import { type ModelRef, type VersionRef, versionKey } from '../library/modelRef.ts';
import type { Log } from '../telemetry/log.ts';
import { createAcceleration } from './acceleration.ts';
import { type AnswerTimes, createAnswerTimes } from './answerTimes.ts';
import { createDeferred } from './deferred.ts';
import { createHeldModels } from './heldModels.ts';
import { createIdleWorkers } from './idleWorkers.ts';
import type { Accelerator, FrameRun, LoadedModel, WorkerResult } from './messages.ts';
import { allLost, type WorkerEnd } from './workerProcess.ts';
import { createWorkerSlot, type GroupWorker, type WorkerSlot } from './workerSlot.ts';
import { watchWorkers } from './workerWatch.ts';

/** A worker that was taken out of the group's idle ones. */
export type TakenWorker = Pick<GroupWorker, 'isWide'>;

/**
 * Workers that all hold the same versions of the same models; each that ends or hangs is replaced. What they hold
 * changes while they work.
 */
export interface WorkerGroup {
  /** The result of loading each model in the first worker; resolves when that one can answer frames. */
  readonly proven: Promise<readonly LoadedModel[]>;
  /** The version that it runs of a model; undefined where it has none. */
  versionOf(model: string): string | undefined;
  /** Loads this version into every worker, next to the one that they run. See HeldModels. */
  add(model: ModelRef, signal: AbortSignal): Promise<void>;
  /** From now on this version is run, which all hold; the previous one is released. @param inferMs what a run takes */
  use(model: ModelRef, inferMs: number): void;
  /** Unloads a version that was added and is not to be run after all. */
  giveUp(model: ModelRef): void;
  /** Gives up models; what runs now is finished. */
  remove(ids: readonly string[]): void;
  /** Lets an accelerator run a version that all hold. See Acceleration. */
  accelerate(model: VersionRef, accelerator: Accelerator, signal: AbortSignal): Promise<void>;
  /** The numbers of frames that a worker runs at once of a version; see Accelerator. */
  batchesOn(worker: TakenWorker, model: VersionRef): readonly number[];
  /** A worker has nothing to do. */
  readonly hasIdle: boolean;
  /** One of them can run on all cores, and nothing else needs the cores: no worker is being started. */
  readonly canRunWide: boolean;
  /** Takes a worker with nothing to do. @param wide only one that can run on all cores; else one that cannot is preferred */
  take(wide: boolean): TakenWorker | undefined;
  /** One that was taken has nothing to do after all. */
  giveBack(worker: TakenWorker): void;
  /**
   * Runs one frame, or several at once, and gives the worker back. Never rejects. The results are `worker_lost` when the worker ends, or is
   * silent for longer than usual: then its replacement is started, and it is ended when that is ready, or when it
   * has been silent for `frameTimeoutMs`.
   */
  run(worker: TakenWorker, frames: FrameRun, options?: RunOptions): Promise<readonly WorkerResult[]>;
  /** What runs graphs; known once `proven` has resolved. */
  readonly runtime: RuntimeInfo | undefined;
  readonly pids: readonly number[];
  readonly live: number;
  readonly statuses: readonly WorkerStatus[];
  /** Ends all of them immediately, and resolves when they are gone. Idempotent. */
  close(): Promise<void>;
}

export interface RunOptions {
  /** No one waits for the answer: the worker is not considered silent before `frameTimeoutMs`. Default false. */
  isTrial?: boolean;
}

export interface WorkerGroupOptions {
  models: readonly ModelRef[];
  count: number;
  /** Cores of a run next to others, and of one alone. */
  widths: { narrow: number; wide: number };
  startTimeoutMs: number;
  /** No worker may be silent for longer, whatever its usual time is. */
  frameTimeoutMs: number;
  log: Log;
  onRestart?: (() => void) | undefined;
  /** An accelerator that served failed; the processor has taken over. */
  onAcceleratorLost?: ((model: VersionRef, provider: string, why: string) => void) | undefined;
  /** A worker became idle, or is gone. */
  onIdle(): void;
}

/** No answer is missed earlier than this, ms. */
const SILENCE_FLOOR_MS = 400;
/** A worker that owes the answer to a ping for longer gets a frame only where no other can have it, ms. */
const PING_OVERDUE_MS = 50;
/** An accelerator that fails has taken a part of the time, and the machine may be busier than when the model was loaded. */
const FALLBACK_FACTOR = 3;
const CANNOT_SERVE = 'cannot load a model that serves';
const nowMs = () => performance.now();

/**
 * Starts workers one after the other: they load faster so, and leave cores to frames that run at the same time. A model whose
 * loading ends the process is left out from then on.
 */
export function startWorkerGroup(options: WorkerGroupOptions): WorkerGroup {
  const { log, count, widths, startTimeoutMs, frameTimeoutMs, onRestart, onIdle } = options;
  const slots: WorkerSlot[] = [];
  const isPingOverdue = ({ askedAtMs }: GroupWorker) =>
    askedAtMs !== undefined && nowMs() - askedAtMs > PING_OVERDUE_MS;
  const idle = createIdleWorkers({ isPingOverdue, onIdle });
  /** Models that ended a worker while it loaded them, with why. */
  const fatal = new Map<string, string>();
  /** Models during whose loading a worker was killed from outside, once. */
  const killedOver = new Set<string>();
  const answerTimes: AnswerTimes = createAnswerTimes({
    floorMs: Math.min(SILENCE_FLOOR_MS, frameTimeoutMs),
    ceilingMs: frameTimeoutMs,
  });
  let isClosed = false;
  let runtime: RuntimeInfo | undefined;
  /** What is run of each model, by its id; known when the first worker is ready. */
  let served: Map<string, { version: string; inferMs: number }> | undefined;
  const provenFirst = createDeferred<readonly LoadedModel[]>();
  const end = createDeferred();

  const workers = () => slots.flatMap((slot) => slot.workers);
  const living = () => workers().filter(({ state }) => state === 'serving');
  const held = createHeldModels({ models: options.models, living, claim: idle.claim, release: idle.release });
  const acceleration = createAcceleration({
    living,
    claim: idle.claim,
    release: idle.release,
    onLost(model, provider, why) {
      log.warn({ model: model.id, version: model.version, provider, why }, 'accelerator failed');
      options.onAcceleratorLost?.(model, provider, why);
    },
  });

  const failedBy = ({ id, version }: ModelRef): LoadedModel[] => {
    const why = fatal.get(id);
    return why === undefined ? [] : [{ id, version, ok: false, why }];
  };

  /** Takes a worker into service whose models are loaded; false where it cannot serve. */
  function admit(worker: GroupWorker, models: readonly LoadedModel[]): boolean {
    const lost = models.find((model) => !model.ok && served?.has(model.id));
    if (lost) {
      // The folder changed under a running server. Others still serve what they loaded.
      log.error({ model: lost.id, why: lost.ok ? '' : lost.why }, 'worker cannot load a model that serves');
      return false;
    }
    worker.answeredAtMs = nowMs();
    for (const model of models) if (model.ok) worker.loaded.set(versionKey(model), model);
    if (served === undefined) {
      served = new Map();
      runtime = worker.process.runtime;
      for (const one of models) if (one.ok) served.set(one.id, one);
      held.keep(models);
      provenFirst.resolve([...models, ...options.models.flatMap(failedBy)]);
    }
    return true;
  }

  /** Before its first frame a worker has to hold what the others do by now. */
  async function enter(worker: GroupWorker): Promise<void> {
    const why = await held.catchUp(worker);
    if (why === undefined) {
      await acceleration.catchUp(worker);
      idle.release(worker);
      return;
    }
    log.error({ pid: worker.process.pid, why }, 'worker cannot load a model that serves');
    worker.process.kill(CANNOT_SERVE);
  }

  /**
   * A model that ended the worker which loaded it, unless one has loaded it before: then it was something else. So may be
   * the first kill.
   */
  function blame(model: string, { why, by }: WorkerEnd): boolean {
    if (served !== undefined) return false;
    if (by === 'outside' && !killedOver.has(model)) {
      killedOver.add(model);
      log.warn({ model, why }, 'worker was killed while it loaded a model, which is tried once more');
      return true;
    }
    fatal.set(model, `The worker ended while it loaded this model: ${why}.`);
    log.error({ model, why }, 'loading a model ended the worker');
    return true;
  }

  function startSlot(isWide: boolean): WorkerSlot {
    return createWorkerSlot({
      isWide,
      workerOptions: () => ({
        models: held.models.filter(({ id }) => served !== undefined || !fatal.has(id)),
        widths: isWide ? [widths.narrow, widths.wide] : [widths.narrow],
        startTimeoutMs,
        onLoading: (pid, model) => log.debug({ pid, model }, 'worker loads a model'),
        onUnaccelerated(model, why) {
          for (const worker of living()) acceleration.blame(worker, model, why);
        },
      }),
      log,
      admit,
      blame,
      onReady: (worker) => void enter(worker),
      onLost: () => onRestart?.(),
      onChange() {
        idle.removeLost();
        if (isClosed && workers().length === 0) end.resolve();
        onIdle();
      },
    });
  }

  async function begin(): Promise<void> {
    for (let index = 0; index < count && !isClosed; index++) {
      // The first has the worker for lone frames.
      const slot = startSlot(index === 0 && widths.wide > widths.narrow);
      slots.push(slot);
      await Promise.race([slot.ready, end.promise]);
    }
  }
  const complete = begin();

  const watch = watchWorkers({
    workers,
    idle: () => idle.all,
    answerTimes,
    frameTimeoutMs,
    log,
    // What others hold may have changed since.
    onBack: (worker) => void enter(worker),
  });

  async function run(
    taken: TakenWorker,
    frames: FrameRun,
    { isTrial = false }: RunOptions = {},
  ): Promise<readonly WorkerResult[]> {
    const worker = taken as GroupWorker;
    const { jobs, version, width, embedder } = frames;
    const model = jobs[0]?.model ?? '';
    const ref = { id: model, version };
    const by = embedder ? `+${versionKey(embedder)}` : '';
    const kind = `${model}@${version}${by}/${width}${jobs.length > 1 ? ` of ${jobs.length}` : ''}`;
    const startedAtMs = nowMs();
    const answer = worker.process.run(frames);
    const embedMs = embedder ? MAX_REGIONS * (served?.get(embedder.id)?.inferMs ?? 0) : 0;
    const expectedMs = (served?.get(model)?.inferMs ?? 0) * jobs.length + embedMs;
    const key = versionKey(ref);
    const isUneven = held.models.some((one) => versionKey(one) === key && one.hasUnevenTimes);
    const usualMs = answerTimes.limitMs(kind, expectedMs, startedAtMs);
    // Should the accelerator fail over them, the processor answers, of which the answers before say nothing.
    const leastMs = acceleration.isOn(worker, ref) ? FALLBACK_FACTOR * expectedMs : 0;
    const limitMs =
      isTrial || isUneven ? frameTimeoutMs : Math.min(frameTimeoutMs, Math.max(usualMs, leastMs));
    const isInTime = await watch.answersInTime(worker, kind, answer, limitMs);
    const results = isInTime ? await answer : allLost(frames);
    if (results.some((result) => result.kind === 'dropped' && result.reason === 'worker_lost')) {
      acceleration.blame(worker, ref, 'A worker ended, or hung, over a frame.');
    }
    if (!isInTime) return results;
    worker.answeredAtMs = nowMs();
    if (results.some(({ kind: one }) => one === 'answered')) answerTimes.record(kind, nowMs() - startedAtMs);
    idle.release(worker);
    return results;
  }

  function release(gone: readonly ModelRef[]): void {
    for (const model of gone) acceleration.forget(model);
    held.remove(gone);
  }

  function stop(): void {
    isClosed = true;
    watch.stop();
    for (const slot of slots) slot.stop();
    if (workers().length === 0) end.resolve();
  }

  return {
    proven: provenFirst.promise,
    versionOf: (model) => served?.get(model)?.version,
    add: held.add,
    accelerate: acceleration.start,
    batchesOn: (worker, model) => acceleration.batchesOn(worker as GroupWorker, model),
    use(model, inferMs) {
      served?.set(model.id, { version: model.version, inferMs });
      release(held.models.filter(({ id, version }) => id === model.id && version !== model.version));
    },
    giveUp(model) {
      if (served?.get(model.id)?.version !== model.version) release([model]);
    },
    remove(ids) {
      for (const id of ids) served?.delete(id);
      release(held.models.filter(({ id }) => ids.includes(id)));
    },
    get hasIdle() {
      return idle.all.length > 0;
    },
    get canRunWide() {
      return (
        idle.all.some((worker) => worker.isWide && !isPingOverdue(worker)) &&
        workers().every(({ state }) => state === 'serving')
      );
    },
    take: idle.take,
    giveBack: (worker) => idle.release(worker as GroupWorker),
    run,
    get runtime() {
      return runtime;
    },
    get pids() {
      return workers().flatMap(({ process }) => process.pid ?? []);
    },
    get live() {
      return living().length;
    },
    get statuses() {
      return workers().flatMap(({ state, process: { memoryBytes } }) =>
        state === 'gone' ? [] : { state, memoryBytes },
      );
    },
    async close() {
      stop();
      for (const { process } of workers()) process.kill('stopped by the server');
      await Promise.all([complete, end.promise]);
    },
  };
}
