import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { CodedError } from '../../protocol/errors.ts';
import type { ModelVersion } from '../../protocol/models.ts';
import { Manifest } from '../../vision/manifest.ts';
import { exists, moveInto, syncFilesBelow, writeFileAtomically } from './atomic.ts';
import { withLock } from './lock.ts';
import { verifyGraphHash, versionOf } from './modelFolder.ts';
import { incomingDir, openWorkspace, removeAbandoned, type Workspace } from './workspaces.ts';

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
 */
export interface ModelStore {
  /** An empty folder to make a version in. */
  stage(): Promise<Workspace>;
  /**
   * Makes a complete version live. Its manifest's paths are relative to `stagedDir`, which is moved away.
   * @throws Error when the version is not in order; nothing has changed then
   */
  activate(id: string, stagedDir: string): Promise<Activation>;
  /**
   * Makes the version live that was so before, or the one that is named. What was live is kept, set aside from further
   * rollbacks; with `discard` it is deleted, as if it had never been.
   * @throws CodedError `unknown_model`, `conflict` where there is nothing to go back to
   */
  rollback(id: string, options?: { version?: string | undefined; discard?: boolean }): Promise<Activation>;
  /** @throws CodedError `unknown_model`, `conflict` for the only model there is */
  remove(id: string): Promise<void>;
  /** What was live, newest last; the last is. */
  history(id: string): Promise<readonly HistoryEntry[]>;
  /** All that can be made live, newest first, those set aside at the end. */
  versions(id: string): Promise<readonly ModelVersion[]>;
  /** Models that have a manifest, in order of id. */
  ids(): Promise<readonly string[]>;
  /** Removes what killed processes left. */
  clean(): Promise<void>;
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
});
export type HistoryEntry = v.InferOutput<typeof HistoryEntry>;

/** So many versions are kept beside the live one. */
const KEPT_VERSIONS = 5;
const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Names that Windows has for devices, whatever stands behind a dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;
/** A path of HTTP beside the models. */
const RESERVED = 'imports';

/** @throws CodedError `bad_request` for a name that some system cannot have as a folder */
export function assertModelId(id: string): void {
  if (ID.test(id) && !DEVICE.test(id) && id !== RESERVED && !id.endsWith('.')) return;
  throw new CodedError(
    'bad_request',
    `"${id.slice(0, 80)}" cannot be the id of a model. Use lower case letters, digits, ".", "_" or "-", at most 64, ` +
      'a letter or digit first, no dot at the end, and neither "imports" nor a device name of Windows such as "con".',
  );
}

export function createModelStore(
  modelsDir: string,
  now: () => string = () => new Date().toISOString(),
): ModelStore {
  const modelDir = (id: string) => path.join(modelsDir, id);
  const historyFile = (id: string) => path.join(modelDir(id), 'history.json');
  const versionDir = (id: string, folder: string) => path.join(modelDir(id), 'versions', folder);
  const keptManifest = (id: string, folder: string) => path.join(versionDir(id, folder), 'manifest.json');
  async function locked<T>(id: string, work: () => Promise<T>): Promise<T> {
    assertModelId(id);
    return withLock(path.join(incomingDir(modelsDir), 'locks', `${id}.lock`), work);
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
    const entries = parsed.success ? parsed.output : [];
    const live = await readLive(id).catch(() => undefined);
    if (live === undefined) return entries;
    const last = entries.findLast(({ isSetAside }) => isSetAside !== true);
    if (last?.version === live.entry.version && last.folder === live.entry.folder) return entries;
    return [...entries.filter(({ version }) => version !== live.entry.version), live.entry];
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
      await removeFolder(versionDir(id, folder));
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

  async function ids(): Promise<string[]> {
    const entries = await readdir(modelsDir, { withFileTypes: true }).catch(() => []);
    const found: string[] = [];
    for (const entry of entries) {
      if (!entry.isDirectory() || !ID.test(entry.name)) continue;
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
    clean: () => removeAbandoned(modelsDir),

    activate: (id, stagedDir) =>
      locked(id, async () => {
        const staged = await readStaged(stagedDir);
        const { version } = staged;
        const entries = await readHistory(id);
        const before = (await readLive(id).catch(() => undefined))?.entry.version;
        const isTaken = await exists(versionDir(id, version));
        // The same graph may come again with another name or licence.
        const folder = isTaken ? `${version}-${randomBytes(3).toString('hex')}` : version;
        const addedAt = now();
        const manifest = rebase(staged.manifest, id, `versions/${folder}/`, addedAt);
        await writeFileAtomically(path.join(stagedDir, 'manifest.json'), toJson(manifest));
        await syncFilesBelow(stagedDir);
        await mkdir(path.join(modelDir(id), 'versions'), { recursive: true });
        await keepManifestOf(id);
        await moveInto(stagedDir, versionDir(id, folder));
        await makeLive(id, manifest);
        const older = entries.filter((entry) => entry.version !== version);
        await writeHistory(id, await prune(id, [...older, { version, at: addedAt, folder }]));
        return { version, before };
      }),

    rollback: (id, { version: wanted, discard = false } = {}) =>
      locked(id, async () => {
        await assertKnown(id);
        const entries = await readHistory(id);
        const current = entries.findLast(({ isSetAside }) => isSetAside !== true);
        const others = entries.filter((entry) => entry !== current);
        const target =
          wanted === undefined
            ? others.findLast(({ isSetAside }) => isSetAside !== true)
            : others.find(({ version }) => version === wanted);
        if (target === undefined || !(await exists(keptManifest(id, target.folder)))) {
          const kept = others.map(({ version }) => version).join(', ') || 'none';
          throw new CodedError(
            'conflict',
            wanted === undefined
              ? `"${id}" has no version before this one to go back to. Versions that were set aside: ${kept}.`
              : `"${id}" has no version ${wanted} besides the live one. Others that are kept: ${kept}.`,
          );
        }
        await keepManifestOf(id);
        await makeLive(id, await readManifest(keptManifest(id, target.folder)));
        const { isSetAside: _, ...again } = target;
        const rest = others.filter((entry) => entry !== target);
        const left =
          current === undefined || discard
            ? rest
            : [...rest, wanted === undefined ? { ...current, isSetAside: true } : current];
        const isStep = wanted === undefined;
        await writeHistory(id, await prune(id, [...left, isStep ? again : { ...again, at: now() }]));
        return { version: target.version, before: current?.version };
      }),

    remove: (id) =>
      locked(id, async () => {
        await assertKnown(id);
        if ((await ids()).length === 1) {
          throw new CodedError(
            'conflict',
            `"${id}" is the only model here, and a server without one does not start. Add another one first.`,
          );
        }
        await removeFolder(modelDir(id));
      }),

    async history(id) {
      await assertKnown(id);
      return (await readHistory(id)).filter(({ isSetAside }) => isSetAside !== true);
    },

    async versions(id) {
      await assertKnown(id);
      const entries = await readHistory(id);
      const liveFolder = (await readLive(id).catch(() => undefined))?.entry.folder;
      const newestFirst = [
        ...entries.filter(({ isSetAside }) => isSetAside !== true).reverse(),
        ...entries.filter(({ isSetAside }) => isSetAside === true).reverse(),
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
function rebase(manifest: Manifest, id: string, prefix: string, addedAt: string): Manifest {
  const { labels, license } = manifest;
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
    provenance: { ...manifest.provenance, addedAt },
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
