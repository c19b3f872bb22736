import { type VersionRef, versionKey } from '../library/modelRef.ts';
import { ModelRefusal } from '../library/modelRefusal.ts';
import type { LoadedCost } from '../worker/messages.ts';
import type { WorkerPool } from '../worker/pool.ts';
import type { FleetLibrary } from './fleetLibrary.ts';
import type { StandIns } from './standIns.ts';
import { waitUntil } from './waitUntil.ts';

/** A version that all processes of this worker hold and none runs yet, and what it costs. */
export type StagedVersion = VersionRef & Pick<LoadedCost, 'inferMs' | 'memoryBytes'>;

/** Lets the processes of a worker run a version when it is live in the fleet, and not before. */
export interface UseGate {
  /** The pool of the worker, for its registry. */
  gated(pool: WorkerPool): Pick<WorkerPool, 'ready' | 'prove' | 'adopt' | 'remove' | 'abandon'>;
  readonly staged: readonly StagedVersion[];
}

/** @param onChange called when `staged` has changed: to be announced at once */
export function createUseGate(
  library: FleetLibrary,
  { standsFor }: Pick<StandIns, 'standsFor'>,
  onChange: () => void,
): UseGate {
  const staged = new Map<string, StagedVersion>();
  const costs = new Map<string, LoadedCost>();

  const mayUse = (model: VersionRef): true | undefined => {
    const { live, staged } = library.pointers.get(model.id)?.pointer ?? {};
    if (standsFor(model, live?.version)) return true;
    if (standsFor(model, staged?.version)) return undefined;
    throw new ModelRefusal('The gateway that brought this version has taken it back.', undefined);
  };

  return {
    get staged() {
      return [...staged.values()];
    },
    gated: (pool) => ({
      ready: pool.ready,
      remove: pool.remove,
      abandon: pool.abandon,
      async prove(model, options) {
        const cost = await pool.prove(model, options);
        costs.set(model.id, cost);
        return cost;
      },
      adopt: (model, options) =>
        pool.adopt(model, {
          ...options,
          async mayUse(signal) {
            if (mayUse(model)) return;
            const key = versionKey(model);
            const { id, version } = model;
            const memoryBytes = costs.get(id)?.memoryBytes ?? 0;
            staged.set(key, { id, version, inferMs: options.inferMs, memoryBytes });
            onChange();
            try {
              await waitUntil(() => mayUse(model), { signal, listen: library.onChange });
            } finally {
              staged.delete(key);
            }
          },
          onSwitch() {
            options.onSwitch();
            onChange();
          },
        }),
    }),
  };
}
