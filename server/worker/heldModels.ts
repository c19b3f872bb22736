import { type ModelRef, type VersionRef, versionKey } from '../library/modelRef.ts';
import type { LoadedModel } from './messages.ts';
import type { GroupWorker } from './workerSlot.ts';

/** What the workers of a group hold, and how that changes while they answer frames. */
export interface HeldModels {
  /** What a worker that starts now has to load. */
  readonly models: readonly ModelRef[];
  /** Leaves out what the first worker could not load. */
  keep(loaded: readonly LoadedModel[]): void;
  /**
   * Loads one version more into every worker. One worker loads at a time, and the others go on answering frames.
   * @throws Error where one of them cannot load it, or two end over it; none holds it then. The signal's reason when it aborts
   */
  add(model: ModelRef, signal: AbortSignal): Promise<void>;
  /** Unloads versions that no frame is run with any more. */
  remove(models: readonly VersionRef[]): void;
  /**
   * Lets a worker that has just started hold what the others do by now.
   * @returns why it cannot, or undefined
   */
  catchUp(worker: GroupWorker): Promise<string | undefined>;
}

export interface HeldModelsOptions {
  models: readonly ModelRef[];
  /** Workers that are in service. */
  living(): readonly GroupWorker[];
  /** Takes one of them that is as asked, as soon as it has nothing to do; undefined when the signal aborts before. */
  claim(isAsked: (worker: GroupWorker) => boolean, signal: AbortSignal): Promise<GroupWorker | undefined>;
  /** Gives it back. */
  release(worker: GroupWorker): void;
}

/** A worker that ends while it loads a model which another proved was most likely killed for another reason; two were not. */
const ENDS_OF_OTHER_CAUSES = 1;

export function createHeldModels({ models, living, claim, release }: HeldModelsOptions): HeldModels {
  let held = models;

  function removeFrom(worker: GroupWorker, model: VersionRef): void {
    if (worker.loaded.delete(versionKey(model))) worker.process.remove(model);
  }

  return {
    get models() {
      return held;
    },
    keep(loaded) {
      const keys = new Set(loaded.flatMap((model) => (model.ok ? versionKey(model) : [])));
      held = held.filter((model) => keys.has(versionKey(model)));
    },
    async add(model, signal) {
      const key = versionKey(model);
      const lacksIt = ({ loaded }: GroupWorker) => !loaded.has(key);
      let ended = 0;
      let size = 1;
      try {
        // Where none is in service, the first that is counts; after an end the next worker shows what it came from.
        while (living().length < (ended > 0 ? size : 1) || living().some(lacksIt)) {
          size = Math.max(size, living().length);
          const worker = await claim(lacksIt, signal);
          if (worker === undefined) throw signal.reason;
          const failure = await worker.process.add(model);
          if (failure === undefined) worker.loaded.set(key, model);
          if (failure?.hasEnded) {
            ended += 1;
            // Known to be gone from then on, so that it is not asked again.
            await worker.process.exited;
          }
          release(worker);
          if (failure && (!failure.hasEnded || ended > ENDS_OF_OTHER_CAUSES)) throw new Error(failure.why);
          signal.throwIfAborted();
        }
      } catch (cause) {
        for (const worker of living()) removeFrom(worker, model);
        throw cause;
      }
      held = [...held, model];
    },
    remove(gone) {
      const keys = new Set(gone.map(versionKey));
      held = held.filter((model) => !keys.has(versionKey(model)));
      for (const worker of living()) for (const model of gone) removeFrom(worker, model);
    },
    async catchUp(worker) {
      for (;;) {
        const missing = held.find((model) => !worker.loaded.has(versionKey(model)));
        if (missing === undefined) break;
        const failure = await worker.process.add(missing);
        if (failure) return failure.why;
        worker.loaded.set(versionKey(missing), missing);
      }
      const keys = new Set(held.map(versionKey));
      for (const [key, model] of worker.loaded) if (!keys.has(key)) removeFrom(worker, model);
      return undefined;
    },
  };
}
