import path from 'node:path';
import { CodedError, messageOf, textOf } from '../../protocol/errors.ts';
import type { ProviderReport, ServedModel } from '../../protocol/providers.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import type { Golden } from '../../vision/tasks/taskOf.ts';
import { createFolderWatch, signatureOf } from '../library/folderWatch.ts';
import { graphBytesOf } from '../library/graphBytes.ts';
import { type ModelFolder, modelRef } from '../library/modelFolder.ts';
import type { VersionRef } from '../library/modelRef.ts';
import { refusalDetails, whyNotLoaded } from '../library/modelRefusal.ts';
import type { Snapshots } from '../library/snapshots.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import type { Log } from '../telemetry/log.ts';
import type { LoadedModel } from '../worker/messages.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { createApplyFolder, type RefreshResult } from './applyFolder.ts';
import { findServed } from './findServed.ts';
import { byAge, type FoundModels } from './foundModels.ts';
import { type ModelDirectory, runsOf, type ServedModel as ServedByDirectory } from './modelDirectory.ts';
import { detailsOf, type ModelEntry, newEntry } from './modelEntry.ts';
import type { HeldModel, Precision } from './precision.ts';
import { longerWait } from './retryWait.ts';
import { createRollout } from './rollout.ts';
import { collectionIn, findTaught, type TaughtCollections } from './taughtModel.ts';

/** The models that this server knows, and what serves of them. */
export interface ModelRegistry extends ModelDirectory<ModelFolder & ServedByDirectory> {
  /** Resolves when at least one model was loaded and proven; rejects when none can be. */
  readonly ready: Promise<void>;
  /**
   * What this server's runtime gave for the goldens of the version that serves, by their pictures' names in its manifest;
   * empty until workers have held it.
   */
  goldenAnswers(id: string): ReadonlyMap<string, Golden>;
  /** All that is known, broken ones too, the default first. */
  details(): ServedModel[];
  /**
   * Reads a model's folder now. Another version is loaded in a separate process, compared with its goldens and, on a
   * share of live frames, with the version that serves; then the workers load it, too, and it takes over between two frames.
   */
  refresh(id: string): Promise<RefreshResult>;
  /** Checks now, and not in up to two seconds, whether something was imported into the folder. */
  checkSoon(): void;
  /** The versions that workers hold. */
  readonly loaded: readonly ModelFolder[];
  /** The same next to what was made live. */
  readonly held: readonly HeldModel[];
  /** What was made live of a model that serves. */
  liveOf(id: string): ModelFolder | undefined;
  /** What browsers get of a model: its float32 version where there are two, since int8 is slower there. */
  forDevices(id: string): ModelFolder;
  /** See PrecisionOptions.swap. */
  swap(live: ModelFolder, folder: ModelFolder): Promise<void>;
  /** Stops watching the folders. Idempotent. */
  close(): void;
}

export interface RegistryOptions {
  modelsDir: string;
  found: FoundModels;
  /** What is known of accelerators for a version. */
  providersOf?: (model: VersionRef) => ProviderReport[] | undefined;
  /** What is known of both versions of a quantised model. */
  precision?: Pick<Precision, 'reportOf' | 'floatOf'>;
  /** What people taught; each collection is found as a model. */
  collections?: TaughtCollections;
  pool: Pick<WorkerPool, 'ready' | 'prove' | 'adopt' | 'remove' | 'abandon'>;
  /** Whether a worker takes frames for it now. Default: each does that holds it */
  isRun?: (model: VersionRef) => boolean;
  snapshots: Snapshots;
  log: Log;
  nowMs: () => number;
  /** What the models of one worker may take, bytes. Those that were used longest ago are unloaded above it. */
  maxMemoryBytes: number;
  /** See RolloutOptions. */
  keepsLoaded?: boolean;
  /** A new version whose inference time is more than this multiple of the serving version's is refused. */
  maxSlowdown: number;
}

export function createModelRegistry(options: RegistryOptions): ModelRegistry {
  const { modelsDir, found, pool, log, nowMs } = options;
  const known = new Map<string, ModelEntry>();
  const listeners = new Set<() => void>();
  let serving: readonly ModelFolder[] = [];
  /** Changes are made one after another. */
  const changes = createSemaphore(1);
  let isClosed = false;
  const rollout = createRollout({ ...options, known, onSwitch: updateServing });
  const applyFolder = createApplyFolder({
    ...options,
    known,
    rollout,
    release: (id) => pool.remove([id]),
    onChange: updateServing,
  });

  for (const { manifest } of found.folders) {
    known.set(manifest.id, { ...newEntry(manifest.id), trying: 'loading' });
  }
  for (const [id, problem] of found.broken) known.set(id, { ...newEntry(id), problem });

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
    const entry = known.get(id) ?? newEntry(id);
    known.set(id, entry);
    entry.graphBytes = await graphBytesOf(folder);
    entry.live = found.live.get(folder);
    entry.trying = undefined;
    const result = loaded.find((model) => model.id === id && model.version === folder.version);
    if (!found.loaded.includes(folder)) {
      // It is proven when a client asks for it.
      entry.folder = folder;
    } else if (result?.ok) {
      entry.folder = folder;
      entry.cost = result;
      entry.isLoaded = true;
    } else {
      entry.problem = whyNotLoaded(result);
      entry.problemDetails = result?.details;
      log.error({ model: id, version: folder.version, why: String(entry.problem) }, 'model does not serve');
    }
  }

  function updateServing(): void {
    serving = [...known.values()].flatMap(({ folder }) => folder ?? []).sort(byAge);
    notify();
  }

  function notify(): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        log.error({ error: messageOf(error) }, 'a listener of model changes failed');
      }
    }
  }

  const unwatchCollections = options.collections?.onChanged(notify);

  /** Loads an unloaded model into the workers. One that cannot be loaded does not serve until its folder changes, or for a minute. */
  async function loadEntry(entry: ModelEntry): Promise<void> {
    const { id, folder } = entry;
    if (entry.isLoaded || folder === undefined) return;
    entry.trying = 'loading';
    try {
      await rollout(entry, folder);
      entry.usedAtMs = nowMs();
    } catch (error) {
      if (error instanceof CodedError) throw error;
      const why = textOf(error);
      entry.problem = why;
      entry.problemDetails = refusalDetails(error).details;
      entry.folder = undefined;
      log.error({ model: id, why: String(why) }, 'model does not serve');
      updateServing();
      offerAgain(entry, folder);
      throw new CodedError('not_ready', aboutModels('not_loaded', { id, why }));
    } finally {
      entry.trying = undefined;
    }
  }

  /** What it came from may pass, as a machine that was too busy does. It is loaded again when a client asks for it then. */
  function offerAgain(entry: ModelEntry, folder: ModelFolder): void {
    const { folderReads, retryMs } = entry;
    entry.retryMs = longerWait(retryMs);
    setTimeout(() => {
      // Its folder was removed, or read again: what came of that counts.
      if (isClosed || known.get(entry.id) !== entry || entry.folderReads !== folderReads) return;
      Object.assign(entry, { folder, problem: undefined, problemDetails: undefined });
      updateServing();
    }, retryMs).unref();
  }

  function loadOnUse(id: string): Promise<void> | undefined {
    const entry = known.get(id);
    if (entry === undefined) return undefined;
    if (entry.isLoaded) {
      entry.usedAtMs = nowMs();
      return undefined;
    }
    entry.loading ??= changes
      .run(() => loadEntry(entry))
      .finally(() => {
        entry.loading = undefined;
      });
    return entry.loading;
  }

  const watch = createFolderWatch({
    modelsDir,
    known: () => new Map([...known.values()].map(({ id, signature }) => [id, signature])),
    onChanged: applyFolder,
    runExclusive: changes.run,
    nowMs,
    log,
  });

  return {
    ready,
    get serving() {
      return serving;
    },
    get loaded() {
      return [...known.values()].flatMap(({ isLoaded, folder }) => (isLoaded && folder ? [folder] : []));
    },
    get held() {
      return [...known.values()].flatMap(({ isLoaded, live, folder }) =>
        isLoaded && live && folder ? [{ live, serving: folder }] : [],
      );
    },
    find(id) {
      const collection = id === undefined ? undefined : collectionIn(id);
      return collection === undefined
        ? findServed(serving, id)
        : findTaught(collection, serving, options.collections);
    },
    liveOf(id) {
      const { live, folder } = known.get(id) ?? {};
      return folder && live;
    },
    forDevices(id) {
      const folder = findServed(serving, id);
      const live = known.get(folder.manifest.id)?.live;
      const float = live && options.precision?.floatOf(live);
      return float === undefined || float.version === folder.version ? folder : float;
    },
    swap: (live, folder) =>
      changes.run(async () => {
        const entry = known.get(live.manifest.id);
        if (isClosed || entry?.live?.version !== live.version || !entry.isLoaded) return;
        const before = entry.folder;
        const taken = await options.snapshots.take(folder);
        try {
          const graphBytes = await graphBytesOf(taken);
          await rollout(entry, taken);
          entry.graphBytes = graphBytes;
          await options.snapshots.discard(before);
        } catch (error) {
          await options.snapshots.discard(taken);
          throw error;
        } finally {
          entry.trying = undefined;
        }
      }),
    load(model) {
      const runs = runsOf(model);
      const collection = collectionIn(model.manifest.id);
      const embedder = collection === undefined ? undefined : options.collections?.embedderOf(collection);
      for (const id of [runs, embedder]) {
        const folder = id === undefined ? undefined : known.get(id)?.folder;
        if (folder && options.isRun?.(modelRef(folder)) === false) {
          return Promise.reject(
            new CodedError('not_ready', aboutModels('no_worker', { id: folder.manifest.id })),
          );
        }
      }
      const loading = loadOnUse(runs);
      if (collection === undefined) return loading;
      const embedding = embedder === undefined ? undefined : loadOnUse(embedder);
      const other = serving.find(({ manifest }) => manifest.id === embedder);
      const learn = () => options.collections?.load(collection, (other ?? model).version);
      // Its samples may have to be embedded again, which takes workers that hold the model.
      return loading || embedding ? Promise.all([loading, embedding]).then(learn) : learn();
    },
    goldenAnswers: (id) => known.get(id)?.cost?.answers ?? new Map(),
    details: () =>
      [...known.values()]
        .sort((a, b) => rank(serving, a) - rank(serving, b) || a.id.localeCompare(b.id))
        .map((entry) => detailsOf(entry, options.providersOf, options.precision?.reportOf)),
    refresh: (id) => changes.run(() => applyFolder(id)),
    checkSoon: watch.soon,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      isClosed = true;
      unwatchCollections?.();
      watch.close();
      pool.abandon();
    },
  };
}

function rank(serving: readonly ModelFolder[], { folder }: ModelEntry): number {
  const at = folder ? serving.indexOf(folder) : -1;
  return at < 0 ? serving.length : at;
}
