import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from '../../protocol/errors.ts';
import type { ModelVersion } from '../../protocol/models.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { exists, explainUnwritable } from '../disk/atomic.ts';
import { withLock } from '../disk/lock.ts';
import { incomingDir, openWorkspace, removeAbandoned, type Workspace } from '../disk/workspaces.ts';
import {
  activated,
  currentOf,
  type History,
  type HistoryEntry,
  newestFirst,
  onTrialOf,
  rolledBack,
  rolledBackTo,
  type StepBack,
  steps,
  tried,
  undone,
} from './history.ts';
import { readManifest } from './manifestFile.ts';
import { type ModelFolder, readModelFolder } from './modelFolder.ts';
import { assertModelId, isModelId } from './modelId.ts';
import { provenanceOf } from './provenanceOf.ts';
import { type Scores, withScores } from './scores.ts';
import { placeStagedVersion, placeTwin, readStagedVersion, sealStagedVersion } from './stagedVersion.ts';
import { openVersionFiles, type VersionFiles } from './versionFiles.ts';

/**
 * The versions of models on disk; the only module that writes them.
 *
 *   models/<id>/manifest.json                     the live version; a single file, replaced atomically
 *   models/<id>/versions/<folder>/                files of an imported version, complete before they are named
 *   models/<id>/versions/<folder>/manifest.json   its manifest as it is when live: paths are those from models/<id>/
 *   models/<id>/history.json                      what was live, newest last
 *   models/<id>/scores.json                       how good versions are, by version
 *   models/.incoming/                             work in progress and locks
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
  /**
   * Adds the other one of its pair, in its folder below `dir`, to a version that came without it. Does nothing where that is not live.
   */
  addTwin(id: string, version: string, dir: string): Promise<void>;
  /** The trial of this version went well. Does nothing where it is not on trial. */
  confirm(id: string, version: string): Promise<void>;
  /**
   * Undoes a change that was refused: what was live before it is live again, a new model is removed. The refused
   * version is deleted, with `keep` it is set aside.
   * @returns false, and nothing was done, where another version is live by now
   */
  undo(id: string, change: Activation, options?: { keep?: boolean }): Promise<boolean>;
  /**
   * Makes the version live that was so before, or the one that is named. What was live is kept; after a step back it is
   * set aside from further ones.
   * @throws CodedError `unknown_model`, `conflict` where there is nothing to roll back to
   */
  rollback(id: string, options?: { version?: string | undefined }): Promise<Activation>;
  /** @throws CodedError `unknown_model`, `conflict` for the only model there is */
  remove(id: string): Promise<void>;
  /** What was live, newest last; the last is. */
  history(id: string): Promise<readonly HistoryEntry[]>;
  /** All that can be made live, newest first, those set aside at the end. */
  versions(id: string): Promise<readonly ModelVersion[]>;
  /** Keeps how good versions are, next to what is kept of others. @throws CodedError `unknown_model` */
  keepScores(id: string, scores: Scores): Promise<void>;
  /** Folders of the versions that were live and are kept, as far as they can be read, newest first. */
  kept(id: string): Promise<readonly ModelFolder[]>;
  /** Models that have a manifest, in order of id. */
  ids(): Promise<readonly string[]>;
  /** Removes what killed processes left; `onLeft` is called with what cannot be removed, and why. */
  clean(onLeft?: (what: string) => void): Promise<void>;
  /**
   * Undoes the trial that a model is left on, if it is; to be called while no server tries it.
   * @returns the version that is no more, and what is live instead, if anything
   */
  recover(id: string): Promise<{ version: string; live: string | undefined } | undefined>;
}

export interface ActivateOptions {
  onTrial?: boolean;
  /** It is a new model: an existing one of that id is not replaced. */
  isNew?: boolean;
  /** Instead of the name that its manifest says. */
  name?: string | undefined;
  /** It is a copy of what another machine has, its dates too. */
  isCopy?: boolean;
  /** Throws where what is live, if anything, may not be replaced. Nothing has changed then. */
  assertLive?(version: string | undefined): void;
}

export interface Activation {
  version: string;
  /** What was live before; absent for a new model. */
  before?: string | undefined;
}

export function createModelStore(
  modelsDir: string,
  {
    now = () => new Date().toISOString(),
    mayBeEmpty = false,
  }: {
    now?: () => string;
    /** Its last model may be removed, too: that of a worker, which has what its fleet has. */
    mayBeEmpty?: boolean;
  } = {},
): ModelStore {
  const filesOf = (id: string) => openVersionFiles(modelsDir, id);
  /** What `versions` gave last; files are read again when the signature changed. */
  const listed = new Map<string, { signature: string; versions: readonly ModelVersion[] }>();

  async function locked<T>(id: string, work: (files: VersionFiles) => Promise<T>): Promise<T> {
    assertModelId(id);
    const files = filesOf(id);
    return withLock(path.join(incomingDir(modelsDir), 'locks', `${id}.lock`), async () => {
      try {
        return await work(files);
      } catch (error) {
        throw explainUnwritable(error, files.dir);
      }
    });
  }

  async function removeModel(id: string): Promise<void> {
    await assertKnown(id);
    if (!mayBeEmpty && (await ids()).length === 1) {
      throw new CodedError('conflict', aboutModels('only_model', { id }));
    }
    await filesOf(id).remove();
    listed.delete(id);
  }

  async function stepBack(files: VersionFiles, { target, entries }: StepBack): Promise<void> {
    await files.keepLiveManifest();
    await files.makeLive(await readManifest(files.manifestOf(target.folder)));
    await files.writeHistory(await files.prune(entries));
  }

  /** As if what is live had never been, or had been set aside. @returns what is live then */
  async function undoLive(
    id: string,
    before: string | undefined,
    { keep = false } = {},
  ): Promise<string | undefined> {
    const files = filesOf(id);
    const entries = await files.readHistory();
    const readable = new Set<HistoryEntry>();
    for (const entry of entries) {
      if (await exists(files.manifestOf(entry.folder))) readable.add(entry);
    }
    const step = undone(entries, (entry) => readable.has(entry), { before, keep });
    if (step === undefined) await removeModel(id);
    else await stepBack(files, step);
    return step?.target.version;
  }

  async function ids(): Promise<string[]> {
    const entries = await readdir(modelsDir, { withFileTypes: true }).catch(() => []);
    const found: string[] = [];
    for (const entry of entries) {
      if (!entry.isDirectory() || !isModelId(entry.name)) continue;
      if (await filesOf(entry.name).isThere()) found.push(entry.name);
    }
    return found.sort();
  }

  async function assertKnown(id: string): Promise<void> {
    if (await filesOf(id).isThere()) return;
    const known = (await ids()).join(', ') || 'none';
    throw new CodedError('unknown_model', aboutModels('no_model_but', { id, models: known }));
  }

  return {
    ids,
    stage: () => openWorkspace(modelsDir),
    clean: (onLeft = () => {}) => removeAbandoned(modelsDir, onLeft),

    activate: (id, stagedDir, { onTrial = false, isNew = false, isCopy = false, name, assertLive } = {}) =>
      locked(id, async (files) => {
        if (isNew && (await files.isThere())) {
          throw new CodedError('conflict', aboutModels('model_exists', { id }));
        }
        const staged = await readStagedVersion(stagedDir);
        const { version } = staged;
        const entries = await files.readHistory();
        const live = await files.readLive().catch(() => undefined);
        const before = live?.entry.version;
        assertLive?.(before);
        // The same graph may come again with another name or licence.
        const isTaken = await exists(files.versionDir(version));
        const folder = isTaken ? `${version}-${randomBytes(3).toString('hex')}` : version;
        const at = now();
        const since = live ? live.manifest.provenance.since : at;
        const dates = isCopy ? staged.manifest.provenance : { addedAt: at, since };
        const { addedAt } = dates;
        const manifest = await sealStagedVersion(staged, { id, name, folder, addedAt, since: dates.since });
        await files.keepLiveManifest();
        await placeStagedVersion(staged, files.versionDir(folder));
        const entry = { version, at, folder };
        // One that gives the same answers as what is live has nothing to prove.
        if (onTrial && before !== version) {
          await files.writeHistory(tried(entries, entry));
          await files.makeLive(manifest);
        } else {
          await files.makeLive(manifest);
          await files.writeHistory(await files.prune(activated(entries, entry)));
        }
        return { version, before };
      }),

    addTwin: (id, version, dir) =>
      locked(id, async (files) => {
        const live = await files.readLive();
        if (live?.entry.version !== version) return;
        const { folder } = live.entry;
        const { addedAt, since } = live.manifest.provenance;
        await placeTwin(dir, files.versionDir(folder), { id, name: undefined, folder, addedAt, since });
      }),

    async confirm(id, version) {
      // Most often it is not on trial, and then there is nothing to wait for.
      if (!onTrialOf(await filesOf(id).readHistory(), version)) return;
      await locked(id, async (files) => {
        const entries = await files.readHistory();
        const confirmed = onTrialOf(entries, version);
        if (confirmed) await files.writeHistory(await files.prune(activated(entries, confirmed)));
      });
    },

    undo: (id, { version, before }, options) =>
      locked(id, async (files) => {
        if (currentOf(await files.readHistory())?.version !== version) return false;
        await undoLive(id, before, options);
        return true;
      }),

    async recover(id) {
      if (!onTrialOf(await filesOf(id).readHistory())) return undefined;
      return locked(id, async (files) => {
        const left = onTrialOf(await files.readHistory());
        return left && { version: left.version, live: await undoLive(id, undefined) };
      });
    },

    rollback: (id, { version: wanted } = {}) =>
      locked(id, async (files) => {
        await assertKnown(id);
        const entries = await files.readHistory();
        const step = wanted === undefined ? rolledBack(entries) : rolledBackTo(entries, wanted, now());
        if (step === undefined || !(await exists(files.manifestOf(step.target.folder)))) {
          throw cannotRollBack(id, entries, wanted);
        }
        await stepBack(files, step);
        return { version: step.target.version, before: currentOf(entries)?.version };
      }),

    remove: (id) => locked(id, () => removeModel(id)),

    async history(id) {
      await assertKnown(id);
      return steps(await filesOf(id).readHistory());
    },

    keepScores: (id, scores) =>
      locked(id, async (files) => {
        await assertKnown(id);
        await files.writeScores(withScores(await files.readScores(), scores));
      }),

    async kept(id) {
      const files = filesOf(id);
      const entries = (await files.readHistory()).filter((entry) => entry.onTrial !== true).reverse();
      const folders = entries.map(({ folder }) =>
        readModelFolder(files.dir, files.manifestOf(folder)).catch(() => undefined),
      );
      return (await Promise.all(folders)).filter((folder) => folder !== undefined);
    },

    async versions(id) {
      await assertKnown(id);
      const files = filesOf(id);
      const signature = await files.signature();
      const known = listed.get(id);
      if (known?.signature === signature) return known.versions;
      const live = await files.readLive().catch(() => undefined);
      const scores = await files.readScores();
      const versions: ModelVersion[] = [];
      for (const { version, folder } of newestFirst(await files.readHistory())) {
        const manifest =
          folder === live?.entry.folder
            ? live.manifest
            : await readManifest(files.manifestOf(folder)).catch(() => undefined);
        if (manifest === undefined) continue;
        const score = scores[version];
        versions.push({ version, ...provenanceOf(manifest), ...(score && { score }) });
      }
      listed.set(id, { signature, versions });
      return versions;
    },
  };
}

function cannotRollBack(id: string, entries: History, wanted: string | undefined): CodedError {
  const current = currentOf(entries);
  const kept = entries.filter((entry) => entry !== current).map(({ version }) => version);
  const list = kept.join(', ') || 'none';
  return new CodedError(
    'conflict',
    wanted === undefined
      ? `"${id}" has no previous version to roll back to. Versions that were set aside: ${list}.`
      : `"${id}" has no version ${wanted} in addition to the live one. Other versions that are kept: ${list}.`,
  );
}
