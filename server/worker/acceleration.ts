import { type VersionRef, versionKey } from '../library/modelRef.ts';
import type { Accelerator } from './messages.ts';
import type { GroupWorker } from './workerSlot.ts';

/** Which versions the workers of a group run on an accelerator. Each holds the processor's sessions as well. */
export interface Acceleration {
  /**
   * Lets one worker after the other run a version on it, while the others go on answering frames.
   * @throws Error where one of them cannot; then all are back on the processor
   */
  start(model: VersionRef, accelerator: Accelerator, signal: AbortSignal): Promise<void>;
  /** Whether a worker runs a version on it. */
  isOn(worker: GroupWorker, model: VersionRef): boolean;
  /** The numbers of pictures that a worker runs at once of a version; see Accelerator. */
  batchesOn(worker: GroupWorker, model: VersionRef): readonly number[];
  /** Lets a worker that has just started do as the others. Never rejects: where it cannot, all are back on the processor. */
  catchUp(worker: GroupWorker): Promise<void>;
  /** A worker ended or hung over a frame of this version: where an accelerator ran it, no worker uses that any more. */
  blame(worker: GroupWorker, model: VersionRef, why: string): void;
  /** No worker holds the version any more. */
  forget(model: VersionRef): void;
}

export interface AccelerationOptions {
  /** As in HeldModelsOptions. */
  living(): readonly GroupWorker[];
  claim(isAsked: (worker: GroupWorker) => boolean, signal: AbortSignal): Promise<GroupWorker | undefined>;
  release(worker: GroupWorker): void;
  /** An accelerator that served failed; the processor has taken over. */
  onLost(model: VersionRef, provider: string, why: string): void;
}

export function createAcceleration({ living, claim, release, onLost }: AccelerationOptions): Acceleration {
  const wanted = new Map<string, Accelerator & { model: VersionRef }>();
  /** By worker, the versions that it runs on an accelerator. */
  const running = new WeakMap<GroupWorker, Set<string>>();
  const runningOn = (worker: GroupWorker) => {
    const keys = running.get(worker) ?? new Set<string>();
    running.set(worker, keys);
    return keys;
  };

  function stop(key: string): void {
    const one = wanted.get(key);
    wanted.delete(key);
    if (one === undefined) return;
    for (const worker of living()) if (runningOn(worker).delete(key)) worker.process.decelerate(one.model);
  }

  function lose(key: string, why: string): void {
    const one = wanted.get(key);
    stop(key);
    if (one) onLost(one.model, one.provider, why);
  }

  /** @returns why it cannot */
  async function accelerate(worker: GroupWorker, key: string): Promise<string | undefined> {
    const one = wanted.get(key);
    if (one === undefined) return undefined;
    const failure = await worker.process.accelerate(one.model, one);
    if (failure?.hasEnded) await worker.process.exited;
    if (failure) return failure.why;
    if (wanted.get(key) === one) runningOn(worker).add(key);
    else worker.process.decelerate(one.model);
    return undefined;
  }

  const isOn = (worker: GroupWorker, model: VersionRef) => runningOn(worker).has(versionKey(model));

  return {
    isOn,
    async start(model, accelerator, signal) {
      const key = versionKey(model);
      wanted.set(key, { ...accelerator, model });
      const lacksIt = (worker: GroupWorker) => worker.loaded.has(key) && !runningOn(worker).has(key);
      while (living().some(lacksIt)) {
        const worker = await claim(lacksIt, signal);
        // One that ended while it was awaited has a successor, which caught up.
        if (worker === undefined && !living().some(lacksIt)) break;
        const why = worker ? await accelerate(worker, key) : String(signal.reason);
        if (worker) release(worker);
        if (why !== undefined) {
          stop(key);
          throw new Error(why);
        }
        if (!wanted.has(key)) throw new Error('It failed over a frame before all workers used it.');
      }
    },
    async catchUp(worker) {
      for (const key of [...wanted.keys()]) {
        if (!worker.loaded.has(key)) continue;
        const why = await accelerate(worker, key);
        if (why !== undefined) lose(key, why);
      }
    },
    batchesOn(worker, model) {
      return (isOn(worker, model) && wanted.get(versionKey(model))?.batches) || [];
    },
    blame(worker, model, why) {
      if (isOn(worker, model)) lose(versionKey(model), why);
    },
    forget(model) {
      wanted.delete(versionKey(model));
    },
  };
}
