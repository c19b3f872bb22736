import { type ModelRef, versionKey } from '../library/modelRef.ts';
import type { Log } from '../telemetry/log.ts';
import { type AnswerTimes, createAnswerTimes } from './answerTimes.ts';
import type { DecodedPicture } from './decoder/messages.ts';
import { createDeferred } from './deferred.ts';
import { createHeldModels } from './heldModels.ts';
import { createIdleMembers } from './idleMembers.ts';
import type { EncodedPicture, LoadedModel, RunJob } from './messages.ts';
import { createPlace, type Member, type Place } from './place.ts';
import { cameInTime } from './silence.ts';
import { LOST, type WorkerEnd, type WorkerOutcome } from './workerProcess.ts';

/** A worker that was taken out of the crew's idle ones. */
export type TakenWorker = Pick<Member, 'isWide'>;

/**
 * Workers that all hold the same versions of the same models; each that ends or stands still is replaced. What they hold
 * changes while they work.
 */
export interface Crew {
  /** What became of each model, as the first worker found; resolves when that one can answer frames. */
  readonly proven: Promise<readonly LoadedModel[]>;
  /** Resolves when the crew was closed and its last worker is gone. */
  readonly ended: Promise<void>;
  /** The version that it runs of a model; undefined where it has none. */
  versionOf(model: string): string | undefined;
  /** Lets every worker hold this version, too, beside the one that they run. See HeldModels. */
  add(model: ModelRef, signal: AbortSignal): Promise<void>;
  /** From now on this version is run, which all hold; the one before is given up. @param inferMs what a run takes */
  use(model: ModelRef, inferMs: number): void;
  /** Gives up models; what runs now is finished. */
  remove(ids: readonly string[]): void;
  /** A worker has nothing to do. */
  readonly hasIdle: boolean;
  /** One of them can run on all cores, and nothing else needs the cores: no worker is being started. */
  readonly canRunWide: boolean;
  /** Takes a worker with nothing to do: one that can run on all cores, or rather another. */
  take(wide: boolean): TakenWorker | undefined;
  /**
   * Looks at one frame and gives the worker back. Never rejects. The outcome is `worker_lost` when the worker ends, or is
   * silent for longer than usual: then the next one is started beside it, and it is ended when that is ready, or when it
   * has been silent for `frameTimeoutMs`.
   */
  run(
    worker: TakenWorker,
    job: RunJob,
    picture: EncodedPicture | DecodedPicture,
    options: RunOptions,
  ): Promise<WorkerOutcome>;
  /** Gives it back without a frame. */
  release(worker: TakenWorker): void;
  readonly pids: readonly number[];
  readonly live: number;
  /** Ends all of them at once, and resolves when they are gone. Idempotent. */
  close(): Promise<void>;
}

export interface RunOptions {
  /** On how many cores. */
  width: number;
  /** Nobody waits for the answer: the worker is not doubted before `frameTimeoutMs`. */
  isTrial?: boolean;
}

export interface CrewOptions {
  models: readonly ModelRef[];
  count: number;
  /** Cores of a run beside others, and of one alone. */
  widths: { narrow: number; wide: number };
  startTimeoutMs: number;
  /** No worker may be silent for longer, however long it usually takes. */
  frameTimeoutMs: number;
  log: Log;
  onRestart?: (() => void) | undefined;
  /** A worker became idle, or is gone. */
  onIdle(): void;
}

/** No answer is missed earlier than this, ms. */
const SILENCE_FLOOR_MS = 400;
/** A worker with nothing to do is asked for a sign of life so often, ms. */
const PING_MS = 500;
/** One that has not answered for so long is not given a frame where another can have it. */
const SUSPECT_MS = 50;
const PING = 'ping';
const CANNOT_SERVE = 'cannot load a model that serves';
const nowMs = () => performance.now();

/**
 * Starts workers one after the other: they load faster so, and leave cores to frames that run meanwhile. A model whose
 * loading ends the process is left out from then on.
 */
export function startCrew(options: CrewOptions): Crew {
  const { log, count, widths, startTimeoutMs, frameTimeoutMs, onRestart, onIdle } = options;
  const places: Place[] = [];
  const isSuspect = ({ askedAtMs }: Member) => askedAtMs !== undefined && nowMs() - askedAtMs > SUSPECT_MS;
  const idle = createIdleMembers({ isSuspect, onIdle });
  /** Models that ended a worker while it loaded them, with why. */
  const fatal = new Map<string, string>();
  /** Models during whose loading somebody killed a worker, once. */
  const killedOver = new Set<string>();
  const answerTimes: AnswerTimes = createAnswerTimes({
    floorMs: Math.min(SILENCE_FLOOR_MS, frameTimeoutMs),
    ceilingMs: frameTimeoutMs,
  });
  let isClosed = false;
  /** What is run of each model, by its id; known when the first worker is ready. */
  let served: Map<string, { version: string; inferMs: number }> | undefined;
  const provenFirst = createDeferred<readonly LoadedModel[]>();
  const end = createDeferred();

  const members = () => places.flatMap((place) => place.members);
  const living = () => members().filter(({ state }) => state === 'serving');
  const held = createHeldModels({ models: options.models, living, claim: idle.claim, release: idle.release });

  const failedBy = ({ id, version }: ModelRef): LoadedModel[] => {
    const why = fatal.get(id);
    return why === undefined ? [] : [{ id, version, ok: false, why }];
  };

  /** Takes a worker into service whose models are loaded; false where it cannot serve. */
  function admit(member: Member, models: readonly LoadedModel[]): boolean {
    const lost = models.find((model) => !model.ok && served?.has(model.id));
    if (lost) {
      // The folder changed under a running server. Others still serve what they loaded.
      log.error({ model: lost.id, why: lost.ok ? '' : lost.why }, 'worker cannot load a model that serves');
      return false;
    }
    member.heardAtMs = nowMs();
    for (const model of models) if (model.ok) member.holds.set(versionKey(model), model);
    if (served === undefined) {
      served = new Map();
      for (const one of models) if (one.ok) served.set(one.id, one);
      held.keep(models);
      provenFirst.resolve([...models, ...options.models.flatMap(failedBy)]);
    }
    return true;
  }

  /** Before its first frame a worker has to hold what the others do by now. */
  async function enter(member: Member): Promise<void> {
    const why = await held.catchUp(member);
    if (why === undefined) {
      idle.release(member);
      return;
    }
    log.error({ pid: member.process.pid, why }, 'worker cannot load a model that serves');
    member.process.kill(CANNOT_SERVE);
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

  function startPlace(isWide: boolean): Place {
    return createPlace({
      isWide,
      workerOptions: () => ({
        models: held.models.filter(({ id }) => served !== undefined || !fatal.has(id)),
        widths: isWide ? [widths.narrow, widths.wide] : [widths.narrow],
        startTimeoutMs,
        onLoading: (pid, model) => log.debug({ pid, model }, 'worker loads a model'),
      }),
      log,
      admit,
      blame,
      onReady: (member) => void enter(member),
      onLost: () => onRestart?.(),
      onChange() {
        idle.removeLost();
        if (isClosed && members().length === 0) end.resolve();
        onIdle();
      },
    });
  }

  async function begin(): Promise<void> {
    for (let index = 0; index < count && !isClosed; index++) {
      // The first has the worker for lone frames.
      const place = startPlace(index === 0 && widths.wide > widths.narrow);
      places.push(place);
      await Promise.race([place.ready, end.promise]);
    }
  }
  const complete = begin();

  /** When a worker other than this one was last heard of. */
  const othersHeardAtMs = (member: Member) =>
    Math.max(
      Number.NEGATIVE_INFINITY,
      ...members().flatMap((other) => (other === member ? [] : other.heardAtMs)),
    );

  /** Whether it answers in its usual time; else it is doubted, and given back should it answer after all. */
  async function answersInTime(
    member: Member,
    kind: string,
    answer: Promise<unknown>,
    limitMs: number,
  ): Promise<boolean> {
    const askedAtMs = nowMs();
    const inTime = await cameInTime(answer, {
      limitMs,
      ceilingMs: frameTimeoutMs,
      nowMs,
      othersHeardAtMs: () => othersHeardAtMs(member),
    });
    if (inTime) return true;
    if (member.state !== 'serving') return false;
    log.warn({ pid: member.process.pid, limitMs: Math.round(limitMs) }, 'worker is silent');
    member.doubt();
    const patienceMs = Math.max(0, askedAtMs + frameTimeoutMs - nowMs());
    const timer = setTimeout(() => member.process.kill(`silent for ${frameTimeoutMs} ms`), patienceMs);
    void member.process.exited.then(() => clearTimeout(timer));
    void answer.then(() => {
      clearTimeout(timer);
      if (!member.trust()) return;
      log.info({ pid: member.process.pid }, 'worker answered after all');
      answerTimes.falseAlarm(nowMs());
      answerTimes.record(kind, nowMs() - askedAtMs);
      member.heardAtMs = nowMs();
      // What others hold may have changed meanwhile.
      void enter(member);
    });
    return false;
  }

  const release = (worker: TakenWorker) => idle.release(worker as Member);

  async function run(
    worker: TakenWorker,
    job: RunJob,
    picture: EncodedPicture | DecodedPicture,
    { width, isTrial = false }: RunOptions,
  ): Promise<WorkerOutcome> {
    const member = worker as Member;
    const { model } = job;
    const kind = `${model}@${job.version}/${width}`;
    const startedAtMs = nowMs();
    const answer = member.process.run(job, picture, width);
    const expectedMs = served?.get(model)?.inferMs ?? 0;
    const limitMs = isTrial ? frameTimeoutMs : answerTimes.limitMs(kind, expectedMs, startedAtMs);
    if (!(await answersInTime(member, kind, answer, limitMs))) return LOST;
    const outcome = await answer;
    member.heardAtMs = nowMs();
    if (outcome.kind === 'answered') answerTimes.record(kind, nowMs() - startedAtMs);
    release(member);
    return outcome;
  }

  /** Asks those that have nothing to do whether they are there, so that a frame is not what finds it out. */
  const pings = setInterval(() => {
    for (const member of idle.all) {
      if (member.askedAtMs !== undefined || nowMs() - member.heardAtMs < PING_MS) continue;
      const askedAtMs = nowMs();
      member.askedAtMs = askedAtMs;
      // One for each ping: what waits for a promise stays in memory until that is settled, which may take hours.
      const answeredOrTaken = createDeferred();
      member.endPing = answeredOrTaken.resolve;
      void member.process.ping().then(() => {
        member.askedAtMs = undefined;
        member.heardAtMs = nowMs();
        answerTimes.record(PING, nowMs() - askedAtMs);
        answeredOrTaken.resolve();
      });
      void answersInTime(member, PING, answeredOrTaken.promise, answerTimes.limitMs(PING, 0, askedAtMs));
    }
  }, PING_MS);
  pings.unref();

  function stop(): void {
    isClosed = true;
    clearInterval(pings);
    for (const place of places) place.stop();
    if (members().length === 0) end.resolve();
  }

  return {
    proven: provenFirst.promise,
    ended: end.promise,
    versionOf: (model) => served?.get(model)?.version,
    add: held.add,
    use(model, inferMs) {
      served?.set(model.id, { version: model.version, inferMs });
      held.remove(held.models.filter(({ id, version }) => id === model.id && version !== model.version));
    },
    remove(ids) {
      for (const id of ids) served?.delete(id);
      held.remove(held.models.filter(({ id }) => ids.includes(id)));
    },
    get hasIdle() {
      return idle.all.length > 0;
    },
    get canRunWide() {
      return (
        idle.all.some((member) => member.isWide && !isSuspect(member)) &&
        members().every(({ state }) => state === 'serving')
      );
    },
    take: idle.take,
    run,
    release,
    get pids() {
      return members().flatMap(({ process }) => process.pid ?? []);
    },
    get live() {
      return living().length;
    },
    async close() {
      stop();
      for (const { process } of members()) process.kill('stopped by the server');
      await Promise.all([complete, end.promise]);
    },
  };
}
