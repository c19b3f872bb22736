import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import { textFrom } from '../../protocol/sentence.ts';
import type { WorkerStatus } from '../../protocol/status.ts';
import { type ModelFolder, modelRef } from '../library/modelFolder.ts';
import { type ModelRef, type VersionRef, versionKey } from '../library/modelRef.ts';
import { ModelRefusal } from '../library/modelRefusal.ts';
import type { ModelStore } from '../library/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { LoadedCost } from '../worker/messages.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { changePointer } from './changePointer.ts';
import type { FleetLibrary, Pointer } from './fleetLibrary.ts';
import { costIn, holds, refusalOf, serves, UNKNOWN_COST, workersOf } from './fleetWorkers.ts';
import type { Members } from './member.ts';
import { createPacker } from './packVersion.ts';
import { takeBack, takeBackOrphans } from './stagedVersions.ts';
import { addToFleet, startFleet } from './startFleet.ts';
import { listenToAll, waitUntil } from './waitUntil.ts';

/** What a gateway has in place of workers of its own: the workers of the fleet. */
export type FleetPool = Pick<
  WorkerPool,
  'ready' | 'prove' | 'adopt' | 'remove' | 'abandon' | 'live' | 'statuses' | 'close'
>;

export interface FleetPoolOptions {
  library: FleetLibrary;
  members: Members;
  /** Of this gateway. */
  memberId: string;
  /** What stands in its models folder at the start. The fleet gets what it does not know. */
  found: { readonly folders: readonly ModelFolder[]; readonly loaded: readonly ModelFolder[] };
  modelsDir: string;
  store: Pick<ModelStore, 'ids' | 'kept'>;
  log: Log;
  /** Time in which all workers have to load and prove a version, ms. Default: 300,000 */
  proveTimeoutMs?: number;
  /** Time in which a first worker has to be there for a new version, ms. Default: 5,000 */
  noWorkerMs?: number;
}

const PROVE_TIMEOUT_MS = 300_000;
const NO_WORKER_MS = 5_000;
/** Workers switch when they hear that a version is live; this gateway switches when all have, or after this time at the latest, ms. */
const SWITCH_MS = 1_000;
/** At the end, what NATS does not answer is left to other gateways and the next start, ms. */
const CLOSE_MS = 2_000;

/**
 * Changes of models at this gateway become those of the fleet. `prove` sends a version and lets all workers load and prove it next to
 * what they run; `adopt` makes it live, whereupon all switch. What other gateways change is followed, so for that both only wait.
 */
export function createFleetPool(options: FleetPoolOptions): FleetPool {
  const { library, members, memberId, found, store, log } = options;
  const packer = createPacker(options);
  const { proveTimeoutMs = PROVE_TIMEOUT_MS, noWorkerMs = NO_WORKER_MS } = options;
  const abandoned = new AbortController();
  /** What this gateway has of each model, so that it can send it again. */
  const own = new Map<string, ModelRef>(
    found.folders.map((folder) => [folder.manifest.id, modelRef(folder)]),
  );
  /** Versions that this gateway is about to make live. */
  const changing = new Set<string>();
  /** Changes that go on after their caller was answered. */
  const pending = new Set<Promise<void>>();

  const workers = () => workersOf(members);
  const pointerOf = (id: string): Pointer | undefined => library.pointers.get(id)?.pointer;
  const isLive = ({ id, version }: VersionRef) => pointerOf(id)?.live?.version === version;
  const stagedOf = ({ id, version }: VersionRef) => {
    const staged = pointerOf(id)?.staged;
    return staged?.version === version ? staged : undefined;
  };

  /** Calls the check at each change of members or models, until it gives something. */
  function waitFor<T>(check: () => T | undefined, options: { ms?: number; late?: () => T } = {}): Promise<T> {
    return waitUntil(check, {
      ...options,
      signal: abandoned.signal,
      listen: listenToAll(members, library),
    });
  }

  async function prove(model: ModelRef): Promise<LoadedCost> {
    abandoned.signal.throwIfAborted();
    const staged = stagedOf(model);
    // The fleet has decided, or another gateway is about to.
    if (isLive(model) || (staged && staged.by !== memberId)) return costIn(workers(), model) ?? UNKNOWN_COST;
    return stage(model);
  }

  async function stage(model: ModelRef): Promise<LoadedCost> {
    const { id } = model;
    const other = pointerOf(id)?.staged;
    const rival = other && members.all.find((member) => member.id === other.by && member.id !== memberId);
    if (rival) {
      throw new CodedError(
        'conflict',
        `The model "${id}" is being changed through another gateway (${rival.host}). Try again when that is done.`,
      );
    }
    await waitFor(() => workers().length > 0 || undefined, { ms: noWorkerMs, late: failWithoutWorker });
    const packed = await packer.pack(model);
    const before = library.pointers.get(id);
    await library.upload(packed, abandoned.signal);
    const live = before?.pointer.live;
    const pointer: Pointer = { ...(live && { live }), staged: { ...packed.version, by: memberId } };
    changing.add(versionKey(model));
    try {
      const revision = await library.point(id, pointer, before?.revision ?? 0);
      return await provenByAll(model, revision);
    } catch (error) {
      await giveUp(model);
      throw error;
    }
  }

  function giveUp(model: VersionRef): Promise<void> {
    changing.delete(versionKey(model));
    return takeBack(library, model, memberId, log);
  }

  /**
   * Those that come later, or do not serve anything yet, prove it on their own and are not waited for: one that starts again and
   * again would hold up all.
   */
  async function provenByAll(model: VersionRef, revision: number): Promise<LoadedCost> {
    const serving = workers().filter((worker) => worker.serving.length > 0);
    let awaited = (serving.length > 0 ? serving : workers()).map(({ id }) => id);
    let withoutSinceMs: number | undefined;
    return waitFor<LoadedCost>(
      () => {
        if (stagedOf(model)?.by !== memberId) throw changedMeanwhile(model.id);
        const all = workers();
        for (const worker of all) {
          const refused = refusalOf(worker, model, revision);
          if (refused) throw new ModelRefusal(textFrom(refused.why, refused.sentence), refused.details);
        }
        awaited = awaited.filter((id) => all.some((worker) => worker.id === id));
        // All that were there have left.
        if (awaited.length === 0) awaited = all.map(({ id }) => id);
        if (awaited.length > 0) withoutSinceMs = undefined;
        else withoutSinceMs ??= performance.now();
        if (withoutSinceMs !== undefined && performance.now() - withoutSinceMs > noWorkerMs)
          failWithoutWorker();
        const waiting = all.filter((worker) => awaited.includes(worker.id) && !holds(worker, model));
        return awaited.length > 0 && waiting.length === 0 ? costIn(workers(), model) : undefined;
      },
      {
        ms: proveTimeoutMs,
        late() {
          const late = workers().filter((worker) => awaited.includes(worker.id) && !holds(worker, model));
          const names = late.map(({ host, pid }) => `${host} (process ${pid})`).join(', ');
          throw new Error(
            `Not all workers loaded it within ${proveTimeoutMs / 1_000} s: ${names} did not. See their logs.`,
          );
        },
      },
    );
  }

  async function adopt(model: ModelRef, { onSwitch }: { onSwitch(): void }): Promise<void> {
    try {
      if (!isLive(model)) await becomeLive(model);
      changing.delete(versionKey(model));
    } catch (error) {
      // Else workers would wait for the word to switch, and load nothing else meanwhile. In the background: NATS may be away.
      later(giveUp(model));
      throw error;
    }
    await switchedBy(model);
    own.set(model.id, model);
    onSwitch();
  }

  async function becomeLive(model: ModelRef): Promise<void> {
    const { id } = model;
    const stored = library.pointers.get(id);
    const staged = stagedOf(model);
    if (stored === undefined || staged === undefined) throw changedMeanwhile(id);
    const { by, ...version } = staged;
    if (by === memberId) {
      await library.point(id, { live: version }, stored.revision);
      return;
    }
    await waitFor(() => {
      if (isLive(model)) return true;
      if (stagedOf(model)) return undefined;
      throw new ModelRefusal('The gateway that brought this version has taken it back.', undefined);
    });
  }

  /** Waits until all workers that can run it do, for a moment. */
  async function switchedBy(model: ModelRef): Promise<void> {
    const isDone = () => {
      const holding = workers().filter((worker) => holds(worker, model));
      return (holding.length > 0 && holding.every((worker) => serves(worker, model))) || undefined;
    };
    await waitFor(isDone, {
      ms: SWITCH_MS,
      late() {
        log.warn(
          { model: model.id, version: model.version },
          'not all workers of the fleet run this version yet',
        );
        return true;
      },
    });
  }

  async function removeFromFleet(id: string): Promise<void> {
    const here = await store.ids();
    // A disk that is gone is no wish to remove all models of the fleet.
    if (here.length === 0) {
      log.error({ model: id }, 'the models folder is empty: the fleet keeps its models');
      return;
    }
    // Only unloaded: others may use it.
    if (here.includes(id)) return;
    const words = 'model could not be removed from the fleet';
    await changePointer(library, { id }, () => undefined, log, words);
  }

  function later(work: Promise<void>): void {
    const one = work
      .catch((error: unknown) => {
        if (!abandoned.signal.aborted) log.error({ error: messageOf(error) }, 'a change of the fleet failed');
      })
      .finally(() => pending.delete(one));
    pending.add(one);
  }

  const stopRestoring = library.onChange((id) => {
    const model = own.get(id);
    if (library.pointers.get(id)?.revision === 0 && model)
      later(addToFleet(model, { library, packer, log, signal: abandoned.signal }));
  });

  const ready = startFleet({ library, members, found, packer, log, waitFor, signal: abandoned.signal });
  const stopLook = takeBackOrphans({
    ...{ library, members, memberId, log },
    isChanging: (model) => changing.has(versionKey(model)),
  });
  // Who waits for it hears of the failure.
  ready.catch(() => {});

  return {
    ready,
    get live() {
      return workers()
        .filter(({ serving }) => serving.length > 0)
        .reduce((sum, { slots }) => sum + slots, 0);
    },
    get statuses() {
      return workers().map(
        ({ host, memoryBytes, serving }): WorkerStatus => ({
          state: serving.length > 0 ? 'serving' : 'starting',
          host,
          memoryBytes,
        }),
      );
    },
    async prove(model, { judge } = {}) {
      const cost = await prove(model);
      try {
        judge?.(cost);
      } catch (error) {
        await giveUp(model);
        throw error;
      }
      return cost;
    },
    adopt,
    remove(ids) {
      for (const id of ids) {
        own.delete(id);
        later(removeFromFleet(id));
      }
    },
    abandon: () => abandoned.abort(new Error('The server stops.')),
    async close() {
      abandoned.abort(new Error('The server stops.'));
      stopRestoring();
      const isDone = new AbortController();
      const { signal } = isDone;
      const isLate = sleep(CLOSE_MS, undefined, { signal }).catch(() => {});
      await Promise.race([Promise.all([stopLook(), ...pending]), isLate]);
      isDone.abort();
    },
  };
}

const changedMeanwhile = (id: string) =>
  new CodedError(
    'conflict',
    `The model "${id}" was changed through another gateway meanwhile. Look at what is live now, and try again.`,
  );

function failWithoutWorker(): never {
  throw new CodedError(
    'not_ready',
    'No worker of the fleet is there to load and check it. Start one with "livelens worker", and try again.',
  );
}
