import type { Log } from '../telemetry/log.ts';
import type { AnswerTimes } from './answerTimes.ts';
import { createDeferred } from './deferred.ts';
import { cameInTime } from './silence.ts';
import type { GroupWorker } from './workerSlot.ts';

/** Watches for workers that are silent: busy ones by their usual answer times, idle ones by pings. */
export interface WorkerWatch {
  /**
   * Whether a worker answers in its usual time. Else it is marked silent, and ended when it has not answered for
   * `frameTimeoutMs`; should it answer before that and before its replacement serves, it goes to `onBack`.
   * @param kind see AnswerTimes
   * @param answer never rejects
   */
  answersInTime(
    worker: GroupWorker,
    kind: string,
    answer: Promise<unknown>,
    limitMs: number,
  ): Promise<boolean>;
  /** Sends no more pings. Idempotent. */
  stop(): void;
}

export interface WorkerWatchOptions {
  workers(): readonly GroupWorker[];
  /** Those that have nothing to do. */
  idle(): readonly GroupWorker[];
  answerTimes: AnswerTimes;
  frameTimeoutMs: number;
  log: Log;
  /** A silent worker answered after all. */
  onBack(worker: GroupWorker): void;
}

/** Interval at which a worker with nothing to do is pinged, ms. */
const PING_MS = 500;
const PING = 'ping';
const nowMs = () => performance.now();

export function watchWorkers(options: WorkerWatchOptions): WorkerWatch {
  const { workers, idle, answerTimes, frameTimeoutMs, log, onBack } = options;

  /** When a worker other than this one last answered. */
  const othersAnsweredAtMs = (worker: GroupWorker) =>
    Math.max(
      Number.NEGATIVE_INFINITY,
      ...workers().flatMap((other) => (other === worker ? [] : other.answeredAtMs)),
    );

  async function answersInTime(
    worker: GroupWorker,
    kind: string,
    answer: Promise<unknown>,
    limitMs: number,
  ): Promise<boolean> {
    const askedAtMs = nowMs();
    const inTime = await cameInTime(answer, {
      limitMs,
      ceilingMs: frameTimeoutMs,
      nowMs,
      othersAnsweredAtMs: () => othersAnsweredAtMs(worker),
    });
    if (inTime) return true;
    if (worker.state !== 'serving') return false;
    log.warn({ pid: worker.process.pid, limitMs: Math.round(limitMs) }, 'worker is silent');
    worker.markSilent();
    const patienceMs = Math.max(0, askedAtMs + frameTimeoutMs - nowMs());
    const timer = setTimeout(() => worker.process.kill(`silent for ${frameTimeoutMs} ms`), patienceMs);
    void worker.process.exited.then(() => clearTimeout(timer));
    void answer.then(() => {
      clearTimeout(timer);
      if (!worker.markAlive()) return;
      log.info({ pid: worker.process.pid }, 'worker answered after all');
      answerTimes.falseAlarm(nowMs());
      answerTimes.record(kind, nowMs() - askedAtMs);
      worker.answeredAtMs = nowMs();
      onBack(worker);
    });
    return false;
  }

  /** Pings those that have nothing to do, so that it is not a frame that finds out that one is gone. */
  const pings = setInterval(() => {
    for (const worker of idle()) {
      if (worker.askedAtMs !== undefined || nowMs() - worker.answeredAtMs < PING_MS) continue;
      const askedAtMs = nowMs();
      worker.askedAtMs = askedAtMs;
      // One for each ping: what waits for a promise stays in memory until that is settled, which may take hours.
      const answeredOrTaken = createDeferred();
      worker.endPing = answeredOrTaken.resolve;
      void worker.process.ping().then(() => {
        worker.askedAtMs = undefined;
        worker.answeredAtMs = nowMs();
        answerTimes.record(PING, nowMs() - askedAtMs);
        answeredOrTaken.resolve();
      });
      void answersInTime(worker, PING, answeredOrTaken.promise, answerTimes.limitMs(PING, 0, askedAtMs));
    }
  }, PING_MS);
  pings.unref();

  return {
    answersInTime,
    stop: () => clearInterval(pings),
  };
}
