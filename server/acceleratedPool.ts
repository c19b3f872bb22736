import type { Config } from './config/config.ts';
import { modelRef } from './library/modelFolder.ts';
import type { ProviderRecords } from './library/providerRecords.ts';
import type { FrameOutbox } from './queue/frameQueue.ts';
import { type Accelerators, createAccelerators } from './serving/accelerators.ts';
import type { FoundModels } from './serving/foundModels.ts';
import type { Log } from './telemetry/log.ts';
import { startWorkerPool, type WorkerPool } from './worker/pool.ts';

export interface AcceleratedPoolOptions {
  queue: FrameOutbox;
  found: FoundModels;
  config: Pick<Config, 'workers' | 'providers'>;
  records: Promise<ProviderRecords>;
  onRestart(): void;
  log: Log;
}

/** The processes of this machine that run models, and the accelerators that may run them for them. */
export function startAcceleratedPool(options: AcceleratedPoolOptions): {
  pool: WorkerPool;
  accelerators: Accelerators;
} {
  const { queue, found, config, records, onRestart, log } = options;
  const { workers, providers: allowed } = config;
  const pool = startWorkerPool({
    queue,
    models: found.loaded.map(modelRef),
    ...workers,
    log,
    onRestart,
    onAcceleratorLost: (...lost) => accelerators.lost(...lost),
  });
  const accelerators = createAccelerators({ pool, allowed, workers: workers.count, records, log });
  return { pool, accelerators };
}
