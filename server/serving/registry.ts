import path from 'node:path';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import type { ModelDetails } from '../../protocol/models.ts';
import type { Golden } from '../../vision/manifest.ts';
import { createFolderWatch, isPlain, modelIds, signatureOf } from '../library/folderWatch.ts';
import { type ModelFolder, readModelFolder, verifyGraphHash } from '../library/modelFolder.ts';
import { detailsOf as behind } from '../library/modelRefusal.ts';
import type { Pins } from '../library/pins.ts';
import type { Log } from '../telemetry/log.ts';
import type { LoadedModel } from '../worker/messages.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { detailsOf, type Known, unknownYet } from './knownModel.ts';
import { chooseLoaded, graphBytesOf, guessBytes } from './residency.ts';
import { createRollout } from './rollout.ts';

/** The models that this server knows, and what serves of them. */
export interface ModelRegistry {
  /** Resolves when at least one model was loaded and proven; rejects when none can be. */
  readonly ready: Promise<void>;
  /** Models that were loaded and proven; the first is the default. Some may rest unloaded. */
  readonly serving: readonly ModelFolder[];
  /**
   * The model that a client asked for, or the default.
   * @throws CodedError `unknown_model`, or `not_ready` while nothing serves
   */
  find(id: string | undefined): ModelFolder;
  /**
   * Makes sure that workers hold it; it counts as used from now on.
   * @returns undefined where they do, else a promise that rejects with a CodedError
   */
  load(model: ModelFolder): Promise<void> | undefined;
  /**
   * What this server's runtime gave for the goldens of the version that serves, by their pictures' names in its manifest;
   * empty until workers have held it.
   */
  goldenAnswers(id: string): ReadonlyMap<string, Golden>;
  /** All that is known, broken ones too, the default first. */
  details(): ModelDetails[];
  /**
   * Looks at a model's folder now. Another version is loaded in a process of its own, compared with its goldens and, on a
   * share of live frames, with the version that serves; then the workers load it, too, and it takes over between two frames.
   */
  refresh(id: string): Promise<RefreshResult>;
  /** Looks now, and not only in half a second, whether somebody imported something into the folder. */
  lookSoon(): void;
  /** Called after other versions or models began to serve. Returns its disposer. */
  onChange(listener: () => void): () => void;
  /** Stops watching the folders. Idempotent. */
  close(): void;
}

/** `why` is for a reader, `details` what is behind it; the version before goes on. */
export type RefreshResult = { ok: true } | { ok: false; why: string; details?: readonly string[] };

export interface RegistryOptions {
  modelsDir: string;
  found: FoundModels;
  pool: Pick<WorkerPool, 'ready' | 'prove' | 'adopt' | 'remove' | 'abandon'>;
  pins: Pins;
  log: Log;
  nowMs: () => number;
  /** What the models of one worker may take, bytes. Those that were used longest ago are unloaded above it. */
  maxMemoryBytes: number;
  /** A new version that takes more than so many times as long as the one that serves is refused. */
  maxSlowdown: number;
}

/** What stood in the models directory at the start. */
export interface FoundModels {
  readonly folders: readonly ModelFolder[];
  /** Those of them that workers hold from the start: all, where there is room. */
  readonly loaded: readonly ModelFolder[];
  /** Folders with a manifest that cannot be read, with why, by name. */
  readonly broken: ReadonlyMap<string, string>;
}

/** Reads all folders below `modelsDir` that hold a manifest. A broken one is reported and skipped. */
export async function findModels(
  { modelsDir, maxMemoryBytes, pins }: Pick<RegistryOptions, 'modelsDir' | 'maxMemoryBytes' | 'pins'>,
  log: Log,
): Promise<FoundModels> {
  const folders: ModelFolder[] = [];
  const broken = new Map<string, string>();
  for (const id of await modelIds(modelsDir)) {
    try {
      folders.push(await pins.pin(await readModelFolder(path.join(modelsDir, id))));
    } catch (error) {
      log.error({ model: id, error: messageOf(error) }, 'model folder skipped');
      broken.set(id, messageOf(error));
    }
  }
  const [first, ...others] = await Promise.all(
    folders.sort(byAge).map(async (folder) => ({
      folder,
      bytes: guessBytes(await graphBytesOf(folder)),
      usedAtMs: Number.NEGATIVE_INFINITY,
      isLoaded: false,
    })),
  );
  const loaded = chooseLoaded({ wanted: first, others, maxBytes: maxMemoryBytes, nowMs: 0 });
  return { folders, loaded, broken };
}

export function createModelRegistry(options: RegistryOptions): ModelRegistry {
  const { modelsDir, found, pool, pins, log, nowMs } = options;
  const known = new Map<string, Known>();
  const listeners = new Set<() => void>();
  let serving: readonly ModelFolder[] = [];
  /** Changes are made one after the other. */
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  const rollout = createRollout({ ...options, known, onSwitch: updateServing });

  for (const { manifest } of found.folders) {
    known.set(manifest.id, { ...unknownYet(manifest.id), trying: 'loading' });
  }
  for (const [id, problem] of found.broken) known.set(id, { ...unknownYet(id), problem });

  const ready = pool.ready.then(async (loaded) => {
    for (const folder of found.folders) await settle(folder, loaded);
    updateServing();
    if (serving.length === 0) {
      const reasons = [...known.values()].map(({ id, problem }) => `${id}: ${problem}`).join(' ');
      throw new Error(
        `No model of ${modelsDir} can serve. ${reasons || 'There is none in it: set MODELS_DIR, or add one with "npm run models -- add".'}`,
      );
    }
    for (const entry of known.values()) entry.signature = await signatureOf(path.join(modelsDir, entry.id));
    if (!isClosed) watch.start();
  });

  /** Takes over what a worker found out about a model. */
  async function settle(folder: ModelFolder, loaded: readonly LoadedModel[]): Promise<void> {
    const { id } = folder.manifest;
    const entry = known.get(id) ?? unknownYet(id);
    known.set(id, entry);
    entry.graphBytes = await graphBytesOf(folder);
    entry.trying = undefined;
    const result = loaded.find((model) => model.id === id && model.version === folder.version);
    if (!found.loaded.includes(folder)) {
      // It is proven when somebody asks for it.
      entry.folder = folder;
    } else if (result?.ok) {
      entry.folder = folder;
      entry.cost = result;
      entry.isLoaded = true;
    } else {
      entry.problem = result?.why ?? 'It was not loaded.';
      entry.problemDetails = result?.details;
      log.error({ model: id, version: folder.version, why: entry.problem }, 'model does not serve');
    }
  }

  function updateServing(): void {
    serving = [...known.values()].flatMap(({ folder }) => folder ?? []).sort(byAge);
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        log.error({ error: messageOf(error) }, 'a listener to changes of models broke');
      }
    }
  }

  /** Lets one change follow the other. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  }

  /** Lets workers hold a model that rested. One that cannot be loaded serves no more until its folder changes. */
  async function bring(entry: Known): Promise<void> {
    const { id, folder } = entry;
    if (entry.isLoaded || folder === undefined) return;
    entry.trying = 'loading';
    try {
      await rollout(entry, folder);
      entry.usedAtMs = nowMs();
    } catch (error) {
      if (error instanceof CodedError) throw error;
      entry.problem = messageOf(error);
      entry.problemDetails = behind(error).details;
      entry.folder = undefined;
      log.error({ model: id, why: entry.problem }, 'model does not serve');
      updateServing();
      throw new CodedError('not_ready', `The model "${id}" cannot be loaded: ${entry.problem}`);
    } finally {
      entry.trying = undefined;
    }
  }

  async function lookAt(id: string): Promise<RefreshResult> {
    const dir = path.join(modelsDir, id);
    const entry = known.get(id) ?? unknownYet(id);
    const before = entry.folder;
    let pinned: ModelFolder | undefined;
    try {
      entry.signature = await signatureOf(dir);
      if (entry.signature === '') {
        await forget(entry);
        return { ok: true };
      }
      known.set(id, entry);
      entry.refused = undefined;
      const found = await readModelFolder(dir);
      entry.refused = found.version;
      if (
        before?.version === found.version &&
        (isPlain(found) || found.manifestFile === before.manifestFile)
      ) {
        // What was written is not what answers: a name, a description. Workers go on with the files that they have.
        entry.folder = { ...before, manifest: found.manifest };
        entry.problem = undefined;
        updateServing();
        return { ok: true };
      }
      const folder = await pins.pin(found);
      pinned = folder;
      await verifyGraphHash(folder);
      entry.trying = 'loading';
      entry.graphBytes = await graphBytesOf(folder);
      entry.usedAtMs = nowMs();
      await rollout(entry, folder);
      await pins.drop(before);
      log.info({ model: id, version: folder.version }, 'model is live');
      return { ok: true };
    } catch (error) {
      const why = messageOf(error);
      entry.problem = why;
      entry.problemDetails = behind(error).details;
      await pins.drop(pinned);
      log.error({ model: id, why, serves: entry.folder?.version }, 'model version refused');
      return { ok: false, why, ...behind(error) };
    } finally {
      entry.trying = undefined;
    }
  }

  /** The folder is gone. */
  async function forget(entry: Known): Promise<void> {
    if (!known.delete(entry.id) || entry.folder === undefined) return;
    log.info({ model: entry.id }, 'model is gone');
    updateServing();
    pool.remove([entry.id]);
    await pins.drop(entry.folder);
  }

  const watch = createFolderWatch({
    modelsDir,
    known: () => new Map([...known.values()].map(({ id, signature }) => [id, signature])),
    onChanged: lookAt,
    inTurn,
    nowMs,
    log,
  });

  return {
    ready,
    get serving() {
      return serving;
    },
    find(id) {
      const [first] = serving;
      if (first === undefined) {
        throw new CodedError('not_ready', 'No model serves yet. Try again in a moment.');
      }
      if (id === undefined) return first;
      const match = serving.find(({ manifest }) => manifest.id === id);
      if (match) return match;
      const ids = serving.map(({ manifest }) => manifest.id).join(', ');
      throw new CodedError('unknown_model', `There is no model "${id}". Models here: ${ids}.`);
    },
    load(model) {
      const entry = known.get(model.manifest.id);
      if (entry === undefined) return undefined;
      if (entry.isLoaded) {
        entry.usedAtMs = nowMs();
        return undefined;
      }
      entry.loading ??= inTurn(() => bring(entry)).finally(() => {
        entry.loading = undefined;
      });
      return entry.loading;
    },
    goldenAnswers: (id) => known.get(id)?.cost?.answers ?? new Map(),
    details: () =>
      [...known.values()]
        .sort((a, b) => rank(serving, a) - rank(serving, b) || a.id.localeCompare(b.id))
        .map(detailsOf),
    refresh: (id) => inTurn(() => lookAt(id)),
    lookSoon: watch.soon,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      isClosed = true;
      watch.close();
      pool.abandon();
    },
  };
}

function rank(serving: readonly ModelFolder[], { folder }: Known): number {
  const at = folder ? serving.indexOf(folder) : -1;
  return at < 0 ? serving.length : at;
}

/** Models that ship come first, then those that were added, the oldest first: a new one never becomes the default. */
function byAge(a: ModelFolder, b: ModelFolder): number {
  const added = ({ manifest }: ModelFolder) => manifest.provenance.since ?? '';
  return added(a).localeCompare(added(b)) || a.manifest.id.localeCompare(b.manifest.id);
}
