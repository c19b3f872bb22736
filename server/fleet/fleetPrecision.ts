import { messageOf } from '../../protocol/errors.ts';
import type { PrecisionReport } from '../../protocol/precision.ts';
import type { ModelFolder } from '../library/modelFolder.ts';
import { findPair, type VersionPair } from '../library/versionPair.ts';
import { ALONE, mayDiffer, type Precision } from '../serving/precision.ts';
import type { Log } from '../telemetry/log.ts';
import { heldIn, workersOf } from './fleetWorkers.ts';
import type { Members } from './member.ts';

export interface FleetPrecisionOptions {
  members: Pick<Members, 'all'>;
  kept(id: string): Promise<readonly ModelFolder[]>;
  log: Log;
}

/** What a gateway knows of both versions of quantised models. It races none: each worker chooses for its own processor, and says what it runs. */
export function createFleetPrecision({ members, kept, log }: FleetPrecisionOptions): Precision {
  const pairs = new WeakMap<ModelFolder, VersionPair>();

  async function learn(live: ModelFolder): Promise<void> {
    if (pairs.has(live)) return;
    try {
      const pair = await findPair(live, kept);
      if (pair) pairs.set(live, pair);
    } catch (error) {
      log.warn({ model: live.manifest.id, error: messageOf(error) }, 'its int8 version cannot be read');
    }
  }

  return {
    async first(live) {
      await learn(live);
      return live;
    },
    reportOf(live) {
      const pair = pairs.get(live);
      return pair && reportOf(pair, members);
    },
    floatOf: (live) => pairs.get(live)?.float,
    follow(held) {
      for (const { live } of held) void learn(live);
    },
    close() {},
  };
}

function reportOf({ live, float, int8 }: VersionPair, members: Pick<Members, 'all'>): PrecisionReport {
  const ids = { live: live.version, int8: int8.version };
  if (float && !mayDiffer(live)) {
    const serves = live.version === int8.version ? 'int8' : 'float32';
    return { ...ids, float: float.version, serves, state: 'chosen', why: SAME_EVERYWHERE };
  }
  const model = { id: live.manifest.id, version: live.version };
  const runs = workersOf(members).flatMap((worker) => heldIn(worker, model)?.precision ?? []);
  const workers = {
    int8: runs.filter((one) => one === 'int8').length,
    float32: runs.filter((one) => one === 'float32').length,
  };
  const isInt8 = runs.length > 0 ? workers.int8 > workers.float32 : live.version === int8.version;
  return {
    ...{ ...ids, serves: isInt8 ? 'int8' : 'float32' },
    ...(float ? { float: float.version, state: 'fleet', why: whyOf(workers) } : ALONE),
    workers,
  };
}

const SAME_EVERYWHERE =
  'Embeddings are compared with those of other machines: all workers run the version that was made live.';

function whyOf({ int8, float32 }: { int8: number; float32: number }): string {
  return `Workers of the fleet: ${int8} int8, ${float32} float32. Each races both on its own processor, where its PRECISION does not decide.`;
}
