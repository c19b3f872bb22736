import { WordedError } from '../../protocol/errors.ts';
import { refusal } from '../../protocol/sentences/refusals.ts';
import { type ModelFolder, modelRef } from '../library/modelFolder.ts';
import type { Log } from '../telemetry/log.ts';
import type { LoadedCost } from '../worker/messages.ts';
import type { WorkerPool } from '../worker/pool.ts';
import type { ModelEntry } from './modelEntry.ts';
import { chooseLoaded, guessBytes } from './residency.ts';

export interface RolloutOptions {
  known: ReadonlyMap<string, ModelEntry>;
  pool: Pick<WorkerPool, 'prove' | 'adopt' | 'remove'>;
  /** What the models of one worker may take, bytes. */
  maxMemoryBytes: number;
  /** Makes no room by unloading other models: who uses them is not known here. */
  keepsLoaded?: boolean;
  /** A new version whose inference time is more than this multiple of the serving version's is refused. */
  maxSlowdown: number;
  nowMs: () => number;
  log: Log;
  /** Called at the moment from which frames are run with it. */
  onSwitch(): void;
}

/** Fewer live frames say nothing of a version's speed. */
const MIN_TRIAL_FRAMES = 4;

/**
 * Lets a version serve from now on, in place of the previous one, if any: proves it, makes room, and has the
 * workers load it. One at a time.
 * @throws Error that says why it does not serve; CodedError `server_busy` while there is no room
 */
export type Rollout = (
  entry: ModelEntry,
  folder: ModelFolder,
  options?: {
    /** What was made live with it; as before by default. */
    live?: ModelFolder;
  },
) => Promise<void>;

export function createRollout(options: RolloutOptions): Rollout {
  const { known, pool, maxMemoryBytes, keepsLoaded, maxSlowdown, nowMs, log, onSwitch } = options;

  const rollout: Rollout = async (entry, folder, { live = entry.live } = {}) => {
    const isNew = entry.folder?.version !== folder.version;
    // Before anything is loaded, by a guess of what it takes.
    toUnload(folder, bytesOf(entry, folder.version));
    const cost = (isNew ? undefined : entry.cost) ?? (await prove(entry, folder, isNew));
    const unloaded = toUnload(folder, cost.memoryBytes);
    // First, so that workers never hold more than they may.
    for (const other of unloaded) other.isLoaded = false;
    pool.remove(unloaded.map(({ id }) => id));
    await pool.adopt(modelRef(folder), {
      inferMs: cost.inferMs,
      onSwitch() {
        Object.assign(entry, { folder, live, cost, isLoaded: true });
        // What is wrong with another version in the folder stays so when the one that serves is loaded again.
        if (isNew) entry.problem = undefined;
        onSwitch();
      },
    });
    log.debug({ model: entry.id, unloaded: unloaded.length }, 'workers hold a model');
  };

  /** Loads a version apart from those that serve. @throws Error that says why it is not to serve */
  async function prove(entry: ModelEntry, folder: ModelFolder, isNew: boolean): Promise<LoadedCost> {
    const before = entry.folder ? entry.cost : undefined;
    let triedMs = 0;
    return pool.prove(modelRef(folder), {
      judge({ memoryBytes, inferMs }) {
        if (isNew && memoryBytes > maxMemoryBytes) {
          throw new WordedError(
            refusal('trial_memory', { takes: mib(memoryBytes), allows: mib(maxMemoryBytes) }),
          );
        }
        triedMs = inferMs;
        if (entry.isLoaded) entry.trying = 'trial';
      },
      trial: entry.isLoaded
        ? {
            judge({ frames, failures, beforeMs, afterMs }) {
              log.info(
                { model: entry.id, frames, failures, beforeMs, afterMs },
                'new version tried on live frames',
              );
              if (failures > 0) throw new WordedError(refusal('trial_failed'));
              // Times of the same moment where there are some: a machine that has more to do now makes nothing slower.
              if (frames >= MIN_TRIAL_FRAMES) assertNotSlower(beforeMs, afterMs, maxSlowdown);
              else if (before) assertNotSlower(before.inferMs, triedMs, maxSlowdown);
            },
          }
        : undefined,
    });
  }

  /**
   * The models that have to be unloaded for a version that takes `bytes`.
   * @throws CodedError `server_busy` when models that are in use would have to go
   */
  function toUnload(folder: ModelFolder, bytes: number): readonly ModelEntry[] {
    const others = [...known.values()].filter(({ id, isLoaded }) => isLoaded && id !== folder.manifest.id);
    const kept = chooseLoaded({
      wanted: { folder, bytes },
      others: others.flatMap((entry) =>
        entry.folder ? [{ ...entry, folder: entry.folder, bytes: bytesOf(entry, entry.folder.version) }] : [],
      ),
      maxBytes: maxMemoryBytes,
      nowMs: nowMs(),
      keepsLoaded,
    });
    return others.filter((entry) => entry.folder === undefined || !kept.includes(entry.folder));
  }

  return rollout;
}

/** No one sees less, and a busy machine gives a model of a fraction of it now three times as much and then a third. */
const NOTICEABLE_MS = 2;

function assertNotSlower(beforeMs: number, afterMs: number, maxSlowdown: number): void {
  if (afterMs <= beforeMs * maxSlowdown || afterMs - beforeMs < NOTICEABLE_MS) return;
  throw new WordedError(
    refusal('trial_slower', {
      after: afterMs.toFixed(1),
      before: beforeMs.toFixed(1),
      times: maxSlowdown,
    }),
  );
}

const bytesOf = (entry: ModelEntry, version: string) =>
  (entry.folder?.version === version ? entry.cost?.memoryBytes : undefined) ?? guessBytes(entry.graphBytes);
const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);
