import path from 'node:path';
import { messageOf } from '../../protocol/errors.ts';
import { isTaught, taskOf } from '../../vision/tasks/taskOf.ts';
import { modelIds } from '../library/folderWatch.ts';
import { graphBytesOf } from '../library/graphBytes.ts';
import { type ModelFolder, readModelFolder } from '../library/modelFolder.ts';
import type { Snapshots } from '../library/snapshots.ts';
import type { Log } from '../telemetry/log.ts';
import { chooseLoaded, guessBytes } from './residency.ts';

/** What stood in the models directory at the start. */
export interface FoundModels {
  readonly folders: readonly ModelFolder[];
  /** What was made live, by the folder that serves: the same, or the other one of a pair of float32 and int8. */
  readonly live: ReadonlyMap<ModelFolder, ModelFolder>;
  /** Those of them that workers hold from the start: the first, and all whose task does not wait for a use, where there is room. */
  readonly loaded: readonly ModelFolder[];
  /** Folders with a manifest that cannot be read, with why, by name. */
  readonly broken: ReadonlyMap<string, string>;
}

/** Reads all folders below `modelsDir` that hold a manifest. A broken one is reported and skipped. */
export async function findModels(
  {
    modelsDir,
    maxMemoryBytes,
    snapshots,
    pick = async (live) => live,
  }: {
    modelsDir: string;
    maxMemoryBytes: number;
    snapshots: Snapshots;
    /** Of a live version, the one of its pair that serves from the start. Default: itself */
    pick?: (live: ModelFolder) => Promise<ModelFolder>;
  },
  log: Log,
): Promise<FoundModels> {
  const folders: ModelFolder[] = [];
  const live = new Map<ModelFolder, ModelFolder>();
  const broken = new Map<string, string>();
  for (const id of await modelIds(modelsDir)) {
    try {
      const found = await readModelFolder(path.join(modelsDir, id));
      const folder = await snapshots.take(await pick(found));
      live.set(folder, found);
      folders.push(folder);
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
  const atStart = others.filter(({ folder }) => taskOf(folder.manifest.task).loadAt !== 'use');
  const loaded = chooseLoaded({ wanted: first, others: atStart, maxBytes: maxMemoryBytes, nowMs: 0 });
  return { folders, live, loaded, broken };
}

/**
 * Models that ship come first, then those that were added, the oldest first: a new one never becomes the default. Last what says
 * nothing before it is taught.
 */
export function byAge(a: ModelFolder, b: ModelFolder): number {
  const last = ({ manifest }: ModelFolder) => Number(isTaught(manifest.task));
  const added = ({ manifest }: ModelFolder) => manifest.provenance.since ?? '';
  return last(a) - last(b) || added(a).localeCompare(added(b)) || a.manifest.id.localeCompare(b.manifest.id);
}
