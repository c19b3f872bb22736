import { startAcceleratedPool } from './acceleratedPool.ts';
import type { Config } from './config/config.ts';
import type { ProviderRecords } from './library/providerRecords.ts';
import type { FrameInbox } from './queue/frameQueue.ts';
import { createMemoryFrameQueue } from './queue/memoryFrameQueue.ts';
import type { Accelerators } from './serving/accelerators.ts';
import type { FoundModels } from './serving/foundModels.ts';
import type { Log } from './telemetry/log.ts';
import type { WorkerPool } from './worker/pool.ts';

/** What answers frames: the workers of this machine, or those of a fleet. */
export interface Workforce {
  readonly inbox: FrameInbox;
  /** Frames that wait for a worker. */
  readonly waiting: number;
  readonly pool: Pick<WorkerPool, 'ready' | 'prove' | 'adopt' | 'remove' | 'abandon' | 'live' | 'statuses'>;
  /** Process ids of workers of this machine. */
  readonly pids: readonly number[];
  /** For races on this machine. */
  readonly race: Pick<WorkerPool, 'widths' | 'quietMs'>;
  /** None of a fleet: each of its machines has its own. */
  readonly accelerators: Pick<Accelerators, 'reportsOf' | 'follow' | 'close'>;
  /** Answers what waits, and ends. Idempotent. */
  close(): Promise<void>;
}

export interface WorkforceOptions {
  config: Pick<Config, 'limits' | 'workers' | 'providers'>;
  found: FoundModels;
  records: Promise<ProviderRecords>;
  onRestart(): void;
  nowMs(): number;
  log: Log;
}

/** The workers of this machine, and the queue in front of them. */
export function startOwnWorkers(options: WorkforceOptions): Workforce {
  const { config, found, records, onRestart, nowMs, log } = options;
  const { maxAgeMs, refreshMs } = config.limits;
  const queue = createMemoryFrameQueue({ maxAgeMs, refreshMs, nowMs });
  const { pool, accelerators } = startAcceleratedPool({ queue, found, config, records, onRestart, log });
  return {
    inbox: queue,
    get waiting() {
      return queue.waiting;
    },
    pool,
    get pids() {
      return pool.pids;
    },
    race: pool,
    accelerators,
    async close() {
      await pool.close();
      await queue.close();
    },
  };
}
