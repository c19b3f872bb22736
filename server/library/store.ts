import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { CodedError } from '../../protocol/errors.ts';
import type { ModelVersion } from '../../protocol/models.ts';
import { Manifest } from '../../vision/manifest.ts';
import { exists, explainUnwritable, moveInto, syncFilesBelow, writeFileAtomically } from '../disk/atomic.ts';
import { withLock } from '../disk/lock.ts';
import { incomingDir, openWorkspace, removeAbandoned, type Workspace } from '../disk/workspaces.ts';
import type { Log } from '../telemetry/log.ts';
import { type ModelFolder, readModelFolder, verifyGraphHash, versionOf } from './modelFolder.ts';
import { assertModelId, isModelId } from './modelId.ts';

/**
 * The versions of models on disk; the only module that writes them.
 *
 *   models/<id>/manifest.json                     the live version; a single file, replaced atomically
 *   models/<id>/versions/<folder>/                files of an imported version, complete before they are named
 *   models/<id>/versions/<folder>/manifest.json   its manifest as it is when live: paths are those from models/<id>/
 *   models/<id>/history.json                      what was live, newest last
 *   models/.incoming/                             work under way and locks
 *
 * What is killed in the middle leaves the old version live or the new one. Several processes may work at once.
 *
 * A version that a server is going to try is on trial, and the history says so before the manifest names it: what dies
 * during the trial leaves a note that `recoverModels` finds.
 */
export interface ModelStore {
  /** An empty folder to make a version in. */
  stage(): Promise<Workspace>;
  /**
   * Makes a complete version live. Its manifest's paths are relative to `stagedDir`, which is moved away.
   * @param options `onTrial`: until `confirm`, it is to be undone by the next start of a server
   * @throws Error when the version is not in order, CodedError `conflict` where a new model's id is taken; nothing has
   *   changed then
   */
  activate(id: string, stagedDir: string, options?: ActivateOptions): Promise<Activation>;
  /** The trial of this version went well. Does nothing where it is not on trial. */
  confirm(id: string, version: string): Promise<void>;
  /**
   * Takes back a change that was refused: what was live before it is live again, a new model is removed. The refused
   * version is deleted, with `keep` it is set aside.
   * @returns false, and nothing was done, where another version is live by now
   */
  undo(id: string, change: Activation, options?: { keep?: boolean }): Promise<boolean>;
  /**
   * Makes the version live that was so before, or the one that is named. What was live is kept; after a step back it is
   * set aside from further ones.
   * @throws CodedError `unknown_model`, `conflict` where there is nothing to go back to
   */
  rollback(id: string, options?: { version?: string | undefined }): Promise<Activation>;
  /** @throws CodedError `unknown_model`, `conflict` for the only model there is */
  remove(id: string): Promise<void>;
  /** What was live, newest last; the last is. */
  history(id: string): Promise<readonly HistoryEntry[]>;
  /** All that can be made live, newest first, those set aside at the end. */
  versions(id: string): Promise<readonly ModelVersion[]>;
  /** Folders of the versions that were live and are kept, as far as they can be read, newest first. */
  kept(id: string): Promise<readonly ModelFolder[]>;
  /** Models that have a manifest, in order of id. */
  ids(): Promise<readonly string[]>;
  /** Removes what killed processes left; `onLeft` is told of what cannot be removed, and why. */
  clean(onLeft?: (what: string) => void): Promise<void>;
  /**
   * Undoes the trial that a model is left on, if it is; to be called while no server tries it.
   * @returns the version that is no more, and what is live instead, if anything
   */
  recover(id: string): Promise<{ version: string; live: string | undefined } | undefined>;
}

export interface ActivateOptions {
  onTrial?: boolean;
  /** It is to be a model of its own: another one of that id is not replaced. */
  isNew?: boolean;
  /** Instead of the name that its manifest says. */
  name?: string | undefined;
}

export interface Activation {
  version: string;
  /** What was live before; absent for a new model. */
  before?: string | undefined;
}

const HistoryEntry = v.object({
  version: v.string(),
  /** When it became live, ISO 8601. */
  at: v.string(),
  /** Below `versions/`. */
  folder: v.string(),
  /** Somebody went back from it; a rollback does not lead here unless it is named. */
  isSetAside: v.optional(v.boolean()),
  /** No server has said yet that it serves well. */
  onTrial: v.optional(v.boolean()),
});
export type HistoryEntry = v.InferOutput<typeof HistoryEntry>;

/** So many versions are kept beside the live one. */
const KEPT_VERSIONS = 5;
const isStep = ({ isSetAside }: HistoryEntry): boolean => isSetAside !== true;

/**
 * Puts a models directory in order before a server reads it: versions whose trial did not come to its end are undone,
 * and what killed processes left is removed. What cannot be put in order is logged and left.
 */
export async function recoverModels(modelsDir: string, log: Pick<Log, 'warn' | 'error'>): Promise<void> {
  const store = createModelStore(modelsDir);
  await store.clean((what) => log.warn({ what }, 'leftovers stay'));
  for (const id of await store.ids()) {
    try {
      const undone = await store.recover(id);
      if (undone) log.warn({ model: id, ...undone }, 'the server ended during a trial: version taken back');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.error({ model: id, why }, 'a version whose trial was cut short cannot be taken back');
    }
  }
}

export function createModelStore(
  modelsDir: string,
  now: () => string = () => new Date().toISOString(),
): ModelStore {
  const modelDir = (id: string) => path.join(modelsDir, id);
  const historyFile = (id: string) => path.join(modelDir(id), 'history.json');
  const versionDir = (id: string, folder: string) => path.join(modelDir(id), 'versions', folder);
  const keptManifest = (id: string, folder: string) => path.join(versionDir(id, folder), 'manifest.json');
  /** What `versions` said last; files are read again when these two changed. */
  const listed = new Map<string, { signature: string; versions: readonly ModelVersion[] }>();
  async function signatureOf(id: string): Promise<string> {
    const files = [path.join(modelDir(id), 'manifest.json'), historyFile(id)];
    const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
    return found.map((one) => one && `${one.mtimeMs}/${one.size}/${one.ino}`).join(' ');
  }

  async function locked<T>(id: string, work: () => Promise<T>): Promise<T> {
    assertModelId(id);
    return withLock(path.join(incomingDir(modelsDir), 'locks', `${id}.lock`), async () => {
      try {
        return await work();
      } catch (error) {
        throw explainUnwritable(error, modelDir(id));
      }
    });
  }

  /** What `models/<id>/manifest.json` names, or undefined where there is none. */
  async function readLive(id: string): Promise<{ manifest: Manifest; entry: HistoryEntry } | undefined> {
    const file = path.join(modelDir(id), 'manifest.json');
    if (!(await exists(file))) return undefined;
    const manifest = await readManifest(file);
    const version = versionOf(manifest, await readLabels(modelDir(id), manifest));
    const folder = /^versions\/([^/]+)\//.exec(manifest.graph.file)?.[1] ?? version;
    const at = manifest.provenance.addedAt ?? (await stat(file)).mtime.toISOString();
    return { manifest, entry: { version, at, folder } };
  }

  /** The manifest is what counts: a kill may have come between it and the history, and people edit folders. */
  async function readHistory(id: string): Promise<HistoryEntry[]> {
    const text = await readFile(historyFile(id), 'utf8').catch(() => '[]');
    const parsed = v.safeParse(v.array(HistoryEntry), parseJson(text));
    const noted = parsed.success ? parsed.output : [];
    const live = (await readLive(id).catch(() => undefined))?.entry;
    const isLive = ({ version, folder }: HistoryEntry) => version === live?.version && folder === live.folder;
    // A kill came before it was live, or something else took its place: it was never proven.
    const entries = noted.filter((entry) => entry.onTrial !== true || live === undefined || isLive(entry));
    if (live === undefined) return entries;
    const last = entries.findLast(isStep);
    if (last !== undefined && isLive(last)) return entries;
    return [...entries.filter(({ version }) => version !== live.version), live];
  }

  const writeHistory = (id: string, entries: readonly HistoryEntry[]) =>
    writeFileAtomically(historyFile(id), toJson(entries));

  const makeLive = (id: string, manifest: Manifest) =>
    writeFileAtomically(path.join(modelDir(id), 'manifest.json'), toJson(manifest));

  /** A model that came with its files beside its manifest, so that there is a way back to it. */
  async function keepManifestOf(id: string): Promise<void> {
    const live = await readLive(id).catch(() => undefined);
    if (live === undefined || (await exists(keptManifest(id, live.entry.folder)))) return;
    await mkdir(versionDir(id, live.entry.folder), { recursive: true });
    await writeFileAtomically(keptManifest(id, live.entry.folder), toJson(live.manifest));
  }

  /** Deletes old versions beyond those that are kept, and what kills left. */
  async function prune(id: string, entries: readonly HistoryEntry[]): Promise<HistoryEntry[]> {
    const live = await readLive(id);
    const isLive = (entry: HistoryEntry) => entry.folder === live?.entry.folder;
    const old = entries.filter((entry) => !isLive(entry));
    const kept = entries.filter((entry) => isLive(entry) || old.slice(-KEPT_VERSIONS).includes(entry));
    for (const folder of await readdir(path.join(modelDir(id), 'versions')).catch((): string[] => [])) {
      if (kept.some((entry) => entry.folder === folder) || folder === live?.entry.folder) continue;
      // What cannot be deleted now is found again next time; the version that is live is so nevertheless.
      await removeFolder(versionDir(id, folder)).catch(() => {});
    }
    for (const file of await readdir(modelDir(id))) {
      if (file.endsWith('.tmp')) await rm(path.join(modelDir(id), file), { force: true });
    }
    return kept;
  }

  /** Away at once, whatever the deleting then takes. */
  async function removeFolder(dir: string): Promise<void> {
    const grave = await openWorkspace(modelsDir);
    try {
      await moveInto(dir, path.join(grave.dir, 'removed'));
    } finally {
      await grave.close();
    }
  }

  async function removeModel(id: string): Promise<void> {
    await assertKnown(id);
    if ((await ids()).length === 1) {
      throw new CodedError(
        'conflict',
        `"${id}" is the only model here, and a server without one does not start. Add another one first.`,
      );
    }
    await removeFolder(modelDir(id));
    listed.delete(id);
  }

  /** Makes an older version live. `left`: what else there was, as it shall be. */
  async function goBack(id: string, target: HistoryEntry, left: readonly HistoryEntry[], at = target.at) {
    await keepManifestOf(id);
    await makeLive(id, await readManifest(keptManifest(id, target.folder)));
    const { isSetAside: _, ...again } = target;
    await writeHistory(id, await prune(id, [...left, { ...again, at }]));
  }

  /** As if what is live had never been, or had been set aside. @returns what is live then */
  async function undoLive(
    id: string,
    before: string | undefined,
    { keep = false } = {},
  ): Promise<string | undefined> {
    const entries = await readHistory(id);
    const current = entries.findLast(isStep);
    const others: HistoryEntry[] = [];
    for (const entry of entries) {
      if (entry !== current && (await exists(keptManifest(id, entry.folder)))) others.push(entry);
    }
    const target = others.find(({ version }) => version === before) ?? others.findLast(isStep);
    if (target === undefined) {
      await removeModel(id);
      return undefined;
    }
    const rest = others.filter((entry) => entry !== target);
    const left = keep && current ? [...rest, { ...current, isSetAside: true }] : rest;
    await goBack(id, target, left);
    return target.version;
  }

  async function ids(): Promise<string[]> {
    const entries = await readdir(modelsDir, { withFileTypes: true }).catch(() => []);
    const found: string[] = [];
    for (const entry of entries) {
      if (!entry.isDirectory() || !isModelId(entry.name)) continue;
      if (await exists(path.join(modelsDir, entry.name, 'manifest.json'))) found.push(entry.name);
    }
    return found.sort();
  }

  async function assertKnown(id: string): Promise<void> {
    if (await exists(path.join(modelDir(id), 'manifest.json'))) return;
    const known = (await ids()).join(', ') || 'none';
    throw new CodedError('unknown_model', `There is no model "${id}". Models here: ${known}.`);
  }

  return {
    ids,
    stage: () => openWorkspace(modelsDir),
    clean: (onLeft = () => {}) => removeAbandoned(modelsDir, onLeft),

    activate: (id, stagedDir, { onTrial = false, isNew = false, name } = {}) =>
      locked(id, async () => {
        if (isNew && (await exists(path.join(modelDir(id), 'manifest.json')))) {
          throw new CodedError('conflict', `There is a model called "${id}" by now.`);
        }
        const staged = await readStaged(stagedDir);
        const { version } = staged;
        const entries = await readHistory(id);
        const live = await readLive(id).catch(() => undefined);
        const before = live?.entry.version;
        const isTaken = await exists(versionDir(id, version));
        // The same graph may come again with another name or licence.
        const folder = isTaken ? `${version}-${randomBytes(3).toString('hex')}` : version;
        const addedAt = now();
        const since = live ? live.manifest.provenance.since : addedAt;
        const renamed = { ...staged.manifest, name: name ?? staged.manifest.name };
        const manifest = rebase(renamed, id, `versions/${folder}/`, { addedAt, since });
        await writeFileAtomically(path.join(stagedDir, 'manifest.json'), toJson(manifest));
        await syncFilesBelow(stagedDir);
        await mkdir(path.join(modelDir(id), 'versions'), { recursive: true });
        await keepManifestOf(id);
        await moveInto(stagedDir, versionDir(id, folder));
        const entry: HistoryEntry = { version, at: addedAt, folder };
        const older = entries.filter((one) => one.version !== version);
        // One that gives the same answers as what is live has nothing to prove.
        if (onTrial && before !== version) {
          await writeHistory(id, [...entries, { ...entry, onTrial }]);
          await makeLive(id, manifest);
        } else {
          await makeLive(id, manifest);
          await writeHistory(id, await prune(id, [...older, entry]));
        }
        return { version, before };
      }),

    async confirm(id, version) {
      const isOnTrial = (entry: HistoryEntry) => entry.version === version && entry.onTrial === true;
      // Most often it is not, and then nobody has to wait.
      if (!(await readHistory(id)).some(isOnTrial)) return;
      await locked(id, async () => {
        const entries = await readHistory(id);
        const confirmed = entries.find(isOnTrial);
        if (confirmed === undefined) return;
        const { onTrial: _, ...proven } = confirmed;
        const older = entries.filter((entry) => entry.version !== version);
        await writeHistory(id, await prune(id, [...older, proven]));
      });
    },

    undo: (id, { version, before }, options) =>
      locked(id, async () => {
        if ((await readHistory(id)).findLast(isStep)?.version !== version) return false;
        await undoLive(id, before, options);
        return true;
      }),

    async recover(id) {
      const onTrial = (entries: readonly HistoryEntry[]) => entries.find((entry) => entry.onTrial === true);
      if (!onTrial(await readHistory(id))) return undefined;
      return locked(id, async () => {
        const left = onTrial(await readHistory(id));
        return left && { version: left.version, live: await undoLive(id, undefined) };
      });
    },

    rollback: (id, { version: wanted } = {}) =>
      locked(id, async () => {
        await assertKnown(id);
        const entries = await readHistory(id);
        const current = entries.findLast(isStep);
        const others = entries.filter((entry) => entry !== current);
        const target =
          wanted === undefined ? others.findLast(isStep) : others.find(({ version }) => version === wanted);
        if (target === undefined || !(await exists(keptManifest(id, target.folder)))) {
          const kept = others.map(({ version }) => version).join(', ') || 'none';
          throw new CodedError(
            'conflict',
            wanted === undefined
              ? `"${id}" has no version before this one to go back to. Versions that were set aside: ${kept}.`
              : `"${id}" has no version ${wanted} besides the live one. Others that are kept: ${kept}.`,
          );
        }
        const rest = others.filter((entry) => entry !== target);
        if (wanted === undefined) {
          const left = current ? [...rest, { ...current, isSetAside: true }] : rest;
          await goBack(id, target, left);
        } else {
          await goBack(id, target, current ? [...rest, current] : rest, now());
        }
        return { version: target.version, before: current?.version };
      }),

    remove: (id) => locked(id, () => removeModel(id)),

    async history(id) {
      await assertKnown(id);
      return (await readHistory(id)).filter(isStep);
    },

    async kept(id) {
      const entries = (await readHistory(id)).filter((entry) => entry.onTrial !== true).reverse();
      const folders = entries.map(({ folder }) =>
        readModelFolder(modelDir(id), keptManifest(id, folder)).catch(() => undefined),
      );
      return (await Promise.all(folders)).filter((folder) => folder !== undefined);
    },

    async versions(id) {
      await assertKnown(id);
      const signature = await signatureOf(id);
      const known = listed.get(id);
      if (known?.signature === signature) return known.versions;
      const entries = await readHistory(id);
      const liveFolder = (await readLive(id).catch(() => undefined))?.entry.folder;
      const newestFirst = [
        ...entries.filter(isStep).reverse(),
        ...entries.filter((entry) => !isStep(entry)).reverse(),
      ];
      const versions: ModelVersion[] = [];
      for (const { version, folder } of newestFirst) {
        const file =
          folder === liveFolder ? path.join(modelDir(id), 'manifest.json') : keptManifest(id, folder);
        const manifest = await readManifest(file).catch(() => undefined);
        if (manifest === undefined) continue;
        const { source, addedAt } = manifest.provenance;
        versions.push({ version, source, ...(addedAt !== undefined && { addedAt }) });
      }
      listed.set(id, { signature, versions });
      return versions;
    },
  };
}

/** @throws Error that names what is not in order */
async function readStaged(dir: string): Promise<{ manifest: Manifest; version: string }> {
  const manifest = await readManifest(path.join(dir, 'manifest.json'));
  for (const file of filesOf(manifest)) {
    if (!(await exists(path.join(dir, file)))) throw new Error(`The new version lacks its file ${file}.`);
  }
  const labels = await readLabels(dir, manifest);
  const version = versionOf(manifest, labels);
  const manifestFile = path.join(dir, 'manifest.json');
  const graphFile = path.join(dir, manifest.graph.file);
  await verifyGraphHash({ dir, manifestFile, manifest, version, labels, graphFile });
  return { manifest, version };
}

function filesOf({ graph, labels, goldens, license }: Manifest): string[] {
  const named = [graph.file, labels, license.file, ...goldens.flatMap((golden) => Object.values(golden))];
  return named.filter((file) => file !== undefined);
}

/** The manifest with paths that start at the model's folder. */
function rebase(
  manifest: Manifest,
  id: string,
  prefix: string,
  { addedAt, since }: { addedAt: string; since: string | undefined },
): Manifest {
  const { labels, license } = manifest;
  const { since: _, ...provenance } = manifest.provenance;
  return v.parse(Manifest, {
    ...manifest,
    id,
    graph: { ...manifest.graph, file: prefix + manifest.graph.file },
    ...(labels !== undefined && { labels: prefix + labels }),
    goldens: manifest.goldens.map(({ image, expected }) => ({
      image: prefix + image,
      expected: prefix + expected,
    })),
    license: { ...license, ...(license.file !== undefined && { file: prefix + license.file }) },
    provenance: { ...provenance, addedAt, ...(since !== undefined && { since }) },
  } satisfies Manifest);
}

async function readManifest(file: string): Promise<Manifest> {
  const parsed = v.safeParse(Manifest, parseJson(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`${file}: "${v.getDotPath(issue)}": ${issue.message}`);
}

async function readLabels(dir: string, { labels }: Manifest): Promise<string[]> {
  if (labels === undefined) return [];
  return (await readFile(path.join(dir, labels), 'utf8')).trimEnd().split(/\r?\n/);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const toJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
