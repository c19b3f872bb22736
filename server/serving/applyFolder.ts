import path from 'node:path';
import { textOf } from '../../protocol/errors.ts';
import type { Text } from '../../protocol/sentence.ts';
import { isUnversioned, signatureOf } from '../library/folderWatch.ts';
import { graphBytesOf } from '../library/graphBytes.ts';
import { type ModelFolder, readModelFolder, verifyGraphHashes } from '../library/modelFolder.ts';
import { refusalDetails } from '../library/modelRefusal.ts';
import type { Snapshots } from '../library/snapshots.ts';
import type { Log } from '../telemetry/log.ts';
import { type ModelEntry, newEntry } from './modelEntry.ts';
import type { Rollout } from './rollout.ts';

/** `why` is for a reader, `details` what is behind it; the previous version goes on. */
export type RefreshResult = { ok: true } | { ok: false; why: Text; details?: readonly string[] };

export interface FolderChangeOptions {
  modelsDir: string;
  known: Map<string, ModelEntry>;
  snapshots: Snapshots;
  rollout: Rollout;
  /** The workers release a model. */
  release(id: string): void;
  /** Other models serve from now on, or other manifests of the same. */
  onChange(): void;
  nowMs: () => number;
  log: Log;
}

/**
 * Reads a model's folder and makes what is in it serve: another version is proven and rolled out, another manifest of the
 * same version is taken over, a folder that is gone is forgotten. One call at a time.
 */
export type ApplyFolder = (id: string) => Promise<RefreshResult>;

export function createApplyFolder(options: FolderChangeOptions): ApplyFolder {
  const { modelsDir, known, snapshots, rollout, release, onChange, nowMs, log } = options;

  async function apply(id: string): Promise<RefreshResult> {
    const dir = path.join(modelsDir, id);
    const entry = known.get(id) ?? newEntry(id);
    const before = entry.folder;
    let snapshot: ModelFolder | undefined;
    try {
      entry.signature = await signatureOf(dir);
      if (entry.signature === '') {
        await forget(entry);
        return { ok: true };
      }
      known.set(id, entry);
      entry.folderReads += 1;
      entry.refused = undefined;
      const found = await readModelFolder(dir);
      entry.refused = found.version;
      const { live } = entry;
      const isSame =
        live?.version === found.version && (isUnversioned(found) || found.manifestFile === live.manifestFile);
      if (before && (isSame || before.version === found.version)) {
        // What was written is not what answers: a name, a description. Workers go on with the files that they have.
        const { name, description } = found.manifest;
        const manifest =
          before.version === found.version ? found.manifest : { ...before.manifest, name, description };
        entry.folder = { ...before, manifest };
        entry.live = found;
        entry.problem = undefined;
        onChange();
        return { ok: true };
      }
      const folder = await snapshots.take(found);
      snapshot = folder;
      await verifyGraphHashes(folder);
      entry.trying = 'loading';
      entry.graphBytes = await graphBytesOf(folder);
      entry.usedAtMs = nowMs();
      await rollout(entry, folder, { live: found });
      await snapshots.discard(before);
      log.info({ model: id, version: folder.version }, 'model is live');
      return { ok: true };
    } catch (error) {
      const why = textOf(error);
      entry.problem = why;
      entry.problemDetails = refusalDetails(error).details;
      await snapshots.discard(snapshot);
      log.error({ model: id, why: String(why), serves: entry.folder?.version }, 'model version refused');
      return { ok: false, why, ...refusalDetails(error) };
    } finally {
      entry.trying = undefined;
    }
  }

  /** The folder is gone. */
  async function forget(entry: ModelEntry): Promise<void> {
    if (!known.delete(entry.id) || entry.folder === undefined) return;
    log.info({ model: entry.id }, 'model is gone');
    onChange();
    release(entry.id);
    await snapshots.discard(entry.folder);
  }

  return apply;
}
