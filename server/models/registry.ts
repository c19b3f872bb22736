import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import type { ModelInfo } from '../../protocol/messages.ts';
import type { ModelDetails } from '../../protocol/models.ts';
import type { Golden } from '../../vision/manifest.ts';
import { modelInfo } from '../../vision/modelInfo.ts';
import type { Log } from '../telemetry/log.ts';
import type { LoadedCost, LoadedModel, ModelRef } from '../worker/messages.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { type ModelFolder, readModelFolder, verifyGraphHash } from './modelFolder.ts';
import type { Pins } from './pins.ts';
import { chooseLoaded } from './residency.ts';

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
  /** Called after other versions or models began to serve. Returns its disposer. */
  onChange(listener: () => void): () => void;
  /** Stops watching the folders. Idempotent. */
  close(): void;
}

/** `why` is for a reader; the version before goes on. */
export type RefreshResult = { ok: true } | { ok: false; why: string };

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

interface Known {
  readonly id: string;
  /** What serves; undefined where nothing of it does. */
  folder: ModelFolder | undefined;
  cost: LoadedCost | undefined;
  graphBytes: number;
  isLoaded: boolean;
  /** While it is being loaded. */
  loading: Promise<void> | undefined;
  usedAtMs: number;
  /** What is wrong with what stands in the folder. */
  problem: string | undefined;
  /** The version that `problem` is of, where it could be read. */
  refused: string | undefined;
  trying: 'loading' | 'trial' | undefined;
  /** Of the files that were looked at last; they are looked at again when it changes. */
  signature: string;
}

/** Fewer live frames say nothing of a version's speed. */
const MIN_TRIAL_FRAMES = 4;

/** How often folders are looked at. A folder that changes is left alone until it stands still for as long. */
const WATCH_MS = 500;

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
      bytes: BYTES_A_GRAPH_BYTE * (await graphBytesOf(folder)),
      usedAtMs: Number.NEGATIVE_INFINITY,
      isLoaded: false,
    })),
  );
  const loaded = chooseLoaded({ wanted: first, others, maxBytes: maxMemoryBytes, nowMs: 0 });
  return { folders, loaded, broken };
}

const graphBytesOf = async ({ graphFile }: ModelFolder) =>
  (await stat(graphFile).catch(() => undefined))?.size ?? 0;

export const modelRef = ({ manifest, dir, manifestFile, version }: ModelFolder): ModelRef => ({
  id: manifest.id,
  dir,
  manifestFile,
  version,
});

export function createModelRegistry(options: RegistryOptions): ModelRegistry {
  const { modelsDir, found, pool, pins, log, nowMs, maxMemoryBytes, maxSlowdown } = options;
  const known = new Map<string, Known>();
  const listeners = new Set<() => void>();
  let serving: readonly ModelFolder[] = [];
  /** Changes are made one after the other. */
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;

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
        `No model of ${modelsDir} can serve. ${reasons || 'There is none in it: set MODELS_DIR, or add one with "livelens models add".'}`,
      );
    }
    await watch();
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

  /** Lets a version serve from now on, in place of the one before, where there is one. */
  async function hold(entry: Known, folder: ModelFolder): Promise<void> {
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
        Object.assign(entry, { folder, cost, isLoaded: true, problem: undefined });
        updateServing();
      },
    });
    log.debug({ model: entry.id, unloaded: unloaded.length }, 'workers hold a model');
  }

  /** Loads a version apart from those that serve. @throws Error that says why it is not to serve */
  async function prove(entry: Known, folder: ModelFolder, isNew: boolean): Promise<LoadedCost> {
    const before = entry.folder ? entry.cost : undefined;
    let triedMs = 0;
    return pool.prove(modelRef(folder), {
      judge({ memoryBytes, inferMs }) {
        if (isNew && memoryBytes > maxMemoryBytes) {
          throw new Error(
            `It takes ${mib(memoryBytes)} MiB of memory, MODELS_MEMORY_MB allows ${mib(maxMemoryBytes)}.`,
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
              if (failures > 0)
                throw new Error('It failed on a live frame that the version before can read.');
              // Times of the same moment where there are some: a machine that has more to do now makes nothing slower.
              if (frames >= MIN_TRIAL_FRAMES) assertNotSlower(beforeMs, afterMs, maxSlowdown);
              else if (before) assertNotSlower(before.inferMs, triedMs, maxSlowdown);
            },
          }
        : undefined,
    });
  }

  /**
   * What has to be unloaded for a version that takes so many bytes.
   * @throws CodedError `server_busy` when models that are in use would have to go
   */
  function toUnload(folder: ModelFolder, bytes: number): readonly Known[] {
    const others = [...known.values()].filter(({ id, isLoaded }) => isLoaded && id !== folder.manifest.id);
    const kept = chooseLoaded({
      wanted: { folder, bytes },
      others: others.flatMap((entry) =>
        entry.folder ? [{ ...entry, folder: entry.folder, bytes: bytesOf(entry, entry.folder.version) }] : [],
      ),
      maxBytes: maxMemoryBytes,
      nowMs: nowMs(),
    });
    return others.filter((entry) => entry.folder === undefined || !kept.includes(entry.folder));
  }

  /** Lets workers hold a model that rested. One that cannot be loaded serves no more until its folder changes. */
  async function bring(entry: Known): Promise<void> {
    const { id, folder } = entry;
    if (entry.isLoaded || folder === undefined) return;
    entry.trying = 'loading';
    try {
      await hold(entry, folder);
      entry.usedAtMs = nowMs();
    } catch (error) {
      if (error instanceof CodedError) throw error;
      entry.problem = messageOf(error);
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
      await hold(entry, folder);
      await pins.drop(before);
      log.info({ model: id, version: folder.version }, 'model is live');
      return { ok: true };
    } catch (error) {
      const why = messageOf(error);
      entry.problem = why;
      await pins.drop(pinned);
      log.error({ model: id, why, serves: entry.folder?.version }, 'model version refused');
      return { ok: false, why };
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

  let timer: NodeJS.Timeout | undefined;
  /** Signatures that were seen once and not looked at yet. */
  let fresh = new Map<string, string>();

  /** Remembers how the folders look, and looks again and again. */
  async function watch(): Promise<void> {
    for (const entry of known.values()) entry.signature = await signatureOf(path.join(modelsDir, entry.id));
    lookAgain();
  }

  /** Counted from the end of the last look: two looks right after each other would take a half-written file for one that stands. */
  function lookAgain(): void {
    if (isClosed) return;
    timer = setTimeout(() => {
      inTurn(lookForChanges)
        .catch((error: unknown) => log.warn({ error: messageOf(error) }, 'models could not be looked at'))
        .finally(lookAgain);
    }, WATCH_MS);
    timer.unref();
  }

  async function lookForChanges(): Promise<void> {
    const seen = new Map<string, string>();
    for (const id of new Set([...known.keys(), ...(await modelIds(modelsDir).catch(() => []))])) {
      const signature = await signatureOf(path.join(modelsDir, id));
      if (signature === (known.get(id)?.signature ?? '')) continue;
      seen.set(id, signature);
      // Looked at only when it stands still, as a file may be half written; an imported version never is.
      const isWhole = fresh.get(id) === signature || (await isImported(id));
      if (isWhole && !isClosed) await lookAt(id);
    }
    fresh = seen;
  }

  const isImported = (id: string) =>
    readModelFolder(path.join(modelsDir, id)).then(
      (folder) => !isPlain(folder),
      () => false,
    );

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
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      pool.abandon();
    },
  };
}

const unknownYet = (id: string): Known => ({
  id,
  folder: undefined,
  cost: undefined,
  graphBytes: 0,
  isLoaded: false,
  loading: undefined,
  usedAtMs: Number.NEGATIVE_INFINITY,
  problem: undefined,
  refused: undefined,
  trying: undefined,
  signature: '',
});

function rank(serving: readonly ModelFolder[], { folder }: Known): number {
  const at = folder ? serving.indexOf(folder) : -1;
  return at < 0 ? serving.length : at;
}

/** Models that ship come first, then those that were added, the oldest first: a new one never becomes the default. */
function byAge(a: ModelFolder, b: ModelFolder): number {
  const added = ({ manifest }: ModelFolder) => manifest.provenance.since ?? '';
  return added(a).localeCompare(added(b)) || a.manifest.id.localeCompare(b.manifest.id);
}

/** Nobody sees less, and a busy machine gives a model of a fraction of it now three times as much and then a third. */
const NOTICEABLE_MS = 2;

function assertNotSlower(beforeMs: number, afterMs: number, maxSlowdown: number): void {
  if (afterMs <= beforeMs * maxSlowdown || afterMs - beforeMs < NOTICEABLE_MS) return;
  throw new Error(
    `It takes ${afterMs.toFixed(1)} ms a picture where the version that serves takes ${beforeMs.toFixed(1)}; at most ` +
      `${maxSlowdown} times as long is allowed (MODEL_MAX_SLOWDOWN).`,
  );
}

/** A guess before it was loaded: weights, and as much again to work with. */
const BYTES_A_GRAPH_BYTE = 2;
const bytesOf = (entry: Known | undefined, version: string) =>
  (entry?.folder?.version === version ? entry.cost?.memoryBytes : undefined) ??
  BYTES_A_GRAPH_BYTE * (entry?.graphBytes ?? 0);
const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);

async function modelIds(modelsDir: string): Promise<string[]> {
  const entries = await readdir(modelsDir, { withFileTypes: true });
  const ids = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
  const withManifest = await Promise.all(
    ids.map(async (id) => ((await signatureOf(path.join(modelsDir, id))) === '' ? [] : [id])),
  );
  return withManifest.flat().sort();
}

/** Whether people write into it as they like; else it keeps versions. */
const isPlain = ({ dir, manifestFile }: ModelFolder) => path.dirname(manifestFile) === dir;

/** Changes when the files of a model do; empty where there is no manifest. */
async function signatureOf(dir: string): Promise<string> {
  const signs = await Promise.all(
    ['manifest.json', 'labels.txt', 'model.onnx'].map(async (name) => {
      const found = await stat(path.join(dir, name)).catch(() => undefined);
      return found ? `${found.mtimeMs}/${found.size}/${found.ino}` : '';
    }),
  );
  return signs[0] === '' ? '' : signs.join(' ');
}

function detailsOf(entry: Known): ModelDetails {
  const { id, folder, cost, problem, graphBytes } = entry;
  const manifest = folder?.manifest;
  const state = entry.trying ?? (folder === undefined ? 'broken' : entry.isLoaded ? 'live' : 'unloaded');
  const info: ModelInfo = folder
    ? modelInfo(folder)
    : {
        id,
        version: '',
        name: id,
        task: '',
        labels: [],
        input: { width: 0, height: 0, fit: 'stretch' },
        minScore: { floor: 0, default: 0 },
      };
  return {
    ...info,
    state,
    problem,
    refused: problem === undefined ? undefined : entry.refused,
    graphBytes,
    inferMs: cost?.inferMs,
    memoryBytes: cost?.memoryBytes,
    license: manifest?.license.spdx ?? '',
    source: manifest?.provenance.source ?? '',
    goldens: {
      count: manifest?.goldens.length ?? 0,
      recordedBy: cost?.recordedBy,
      largestDifference: cost?.recordedBy === undefined ? undefined : cost.largestDifference,
    },
    versions: folder ? [{ version: folder.version, ...provenanceOf(folder) }] : [],
  };
}

const provenanceOf = ({ manifest: { provenance } }: ModelFolder) => ({
  addedAt: provenance.addedAt,
  source: provenance.source,
});
