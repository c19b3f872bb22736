import type { Timing } from '../../protocol/messages.ts';
import {
  type ModelStatus,
  type ServerStatus,
  STATUS_INTERVAL_MS,
  type WorkerStatus,
} from '../../protocol/status.ts';
import type { CountedResult } from '../queue/frameQueue.ts';
import type { QueueFigures } from '../queue/queueFigures.ts';
import { createHistory } from './statusHistory.ts';

/** What metrics and status read of the server when they are asked. */
export interface Readings {
  workers(): readonly WorkerStatus[];
  waitingFrames(): number;
  models(): readonly ModelStatus[];
  readonly maxSessions: number;
  /** Of a gateway or a worker of a fleet. */
  fleet?: (() => FleetReadings) | undefined;
}

/** What metrics read of a fleet. */
export interface FleetReadings {
  queue: QueueFigures;
  /** Members that are known, this process among them. */
  gateways: number;
  workers: number;
}

/** What the page `/status` shows: the server now, and its last minutes. */
export interface Status {
  sessionOpened(): void;
  sessionClosed(): void;
  workerRestarted(): void;
  answered(result: CountedResult, serverMs: number): void;
  /** @param after number of the last sample that the asker has */
  read(after: number | undefined): ServerStatus;
  /** Idempotent. */
  close(): void;
}

export function createStatus({ workers, waitingFrames, models, maxSessions }: Readings): Status {
  const startedAtMs = Date.now();
  const history = createHistory();
  let sessions = 0;
  let restarts = 0;

  function sample(): void {
    const now = workers();
    history.sample({
      sessions,
      waiting: waitingFrames(),
      workers: now.filter(({ state }) => state === 'serving').length,
      memoryBytes: now.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, process.memoryUsage.rss()),
    });
  }
  const timer = setInterval(sample, STATUS_INTERVAL_MS);
  timer.unref();

  return {
    sessionOpened() {
      sessions += 1;
    },
    sessionClosed() {
      sessions -= 1;
    },
    workerRestarted() {
      restarts += 1;
    },
    answered(result, serverMs) {
      if (result.kind === 'dropped') history.dropped(result.reason);
      else history.labelled({ ...result.timing, serverMs } satisfies Timing);
    },
    read: (after) => ({
      nowMs: Date.now(),
      startedAtMs,
      sessions,
      maxSessions,
      waitingFrames: waitingFrames(),
      restarts,
      serverMemoryBytes: process.memoryUsage.rss(),
      workers: [...workers()],
      models: models().map(({ id, name, version, state, providers, precision }) => ({
        ...{ id, name, version, state },
        ...(providers && { providers }),
        ...(precision && { precision }),
      })),
      history: history.since(after),
    }),
    close: () => clearInterval(timer),
  };
}
