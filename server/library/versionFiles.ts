import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { Manifest } from '../../vision/manifest.ts';
import { exists, moveInto, writeFileAtomically } from '../disk/atomic.ts';
import { openWorkspace } from '../disk/workspaces.ts';
import { type History, HistoryEntry, pruned, reconcile } from './history.ts';
import { readLabels, readManifest } from './manifestFile.ts';
import { versionFolderOf, versionOf } from './modelFolder.ts';
import { parseScores, type Scores } from './scores.ts';
import { toJson } from './stagedVersion.ts';

/** The files of one model below `models/<id>/`; `store.ts` says which there are. Callers that write hold the model's lock. */
export interface VersionFiles {
  readonly dir: string;
  versionDir(folder: string): string;
  /** The manifest that a version has when it is live. */
  manifestOf(folder: string): string;
  /** Changes when the live manifest, the history or the scores do. */
  signature(): Promise<string>;
  /** Whether there is a live version, readable or not. */
  isThere(): Promise<boolean>;
  /** Undefined where nothing is live. @throws Error when its manifest cannot be read */
  readLive(): Promise<{ manifest: Manifest; entry: HistoryEntry } | undefined>;
  readHistory(): Promise<History>;
  writeHistory(entries: History): Promise<void>;
  readScores(): Promise<Scores>;
  writeScores(scores: Scores): Promise<void>;
  makeLive(manifest: Manifest): Promise<void>;
  /** Keeps the manifest of a model that came with its files next to it, so that there is a way back to it. */
  keepLiveManifest(): Promise<void>;
  /** Deletes versions beyond those that are kept, and what killed processes left. @returns what is kept */
  prune(entries: History): Promise<History>;
  /** Deletes the model with all its versions. */
  remove(): Promise<void>;
}

export function openVersionFiles(modelsDir: string, id: string): VersionFiles {
  const dir = path.join(modelsDir, id);
  const liveFile = path.join(dir, 'manifest.json');
  const historyFile = path.join(dir, 'history.json');
  const scoresFile = path.join(dir, 'scores.json');
  const versionDir = (folder: string) => path.join(dir, 'versions', folder);
  const manifestOf = (folder: string) => path.join(versionDir(folder), 'manifest.json');

  async function readLive() {
    if (!(await exists(liveFile))) return undefined;
    const manifest = await readManifest(liveFile);
    const version = versionOf(manifest, await readLabels(dir, manifest));
    const folder = versionFolderOf(manifest) ?? version;
    const at = manifest.provenance.addedAt ?? (await stat(liveFile)).mtime.toISOString();
    return { manifest, entry: { version, at, folder } };
  }

  /** It is gone from its place at once, however long deleting takes. */
  async function removeFolder(folder: string): Promise<void> {
    const trash = await openWorkspace(modelsDir);
    try {
      await moveInto(folder, path.join(trash.dir, 'removed'));
    } finally {
      await trash.close();
    }
  }

  return {
    dir,
    versionDir,
    manifestOf,
    readLive,
    isThere: () => exists(liveFile),
    remove: () => removeFolder(dir),

    async signature() {
      const found = await Promise.all(
        [liveFile, historyFile, scoresFile].map((file) => stat(file).catch(() => undefined)),
      );
      return found.map((one) => one && `${one.mtimeMs}/${one.size}/${one.ino}`).join(' ');
    },

    async readHistory() {
      const noted = parseHistory(await readFile(historyFile, 'utf8').catch(() => '[]'));
      return reconcile(noted, (await readLive().catch(() => undefined))?.entry);
    },

    writeHistory: (entries) => writeFileAtomically(historyFile, toJson(entries)),
    readScores: async () => parseScores(await readFile(scoresFile, 'utf8').catch(() => '{}')),
    writeScores: (scores) => writeFileAtomically(scoresFile, toJson(scores)),
    makeLive: (manifest) => writeFileAtomically(liveFile, toJson(manifest)),

    async keepLiveManifest() {
      const live = await readLive().catch(() => undefined);
      if (live === undefined || (await exists(manifestOf(live.entry.folder)))) return;
      await mkdir(versionDir(live.entry.folder), { recursive: true });
      await writeFileAtomically(manifestOf(live.entry.folder), toJson(live.manifest));
    },

    async prune(entries) {
      const liveFolder = (await readLive())?.entry.folder;
      const kept = pruned(entries, liveFolder);
      for (const folder of await readdir(path.join(dir, 'versions')).catch((): string[] => [])) {
        if (kept.some((entry) => entry.folder === folder) || folder === liveFolder) continue;
        // What cannot be deleted now is found again next time; the version that is live is so nevertheless.
        await removeFolder(versionDir(folder)).catch(() => {});
      }
      for (const file of await readdir(dir)) {
        if (file.endsWith('.tmp')) await rm(path.join(dir, file), { force: true });
      }
      return kept;
    },
  };
}

/** Empty where it is broken: the live manifest is what counts. */
function parseHistory(text: string): History {
  try {
    return v.parse(v.array(HistoryEntry), JSON.parse(text));
  } catch {
    return [];
  }
}
