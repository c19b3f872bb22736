import path from 'node:path';
import { exists } from '../disk/atomic.ts';
import { type ModelFolder, readModelFolder } from './modelFolder.ts';

/** Both versions of a quantised model, one of which was made live. */
export interface VersionPair {
  readonly live: ModelFolder;
  /** Undefined where it is not kept any more. */
  readonly float: ModelFolder | undefined;
  readonly int8: ModelFolder;
}

/** The folder, next to the files of a model that ships, with the int8 version of it. */
export const INT8_FOLDER = 'int8';

/**
 * The pair that a live version is one of: of an int8 version the float32 version that it was made of, where that is kept; of another
 * one the int8 version that ships with it.
 * @param live as it stands in `models/<id>`
 * @returns undefined where there is no int8 version
 */
export async function findPair(
  live: ModelFolder,
  kept: (id: string) => Promise<readonly ModelFolder[]>,
): Promise<VersionPair | undefined> {
  const { dir, manifest, version } = live;
  const { quantized } = manifest.provenance;
  if (quantized !== undefined) {
    const float = (await kept(manifest.id)).find((folder) => folder.version === quantized.from);
    return { live, float: float && withWordsOf(live, float), int8: live };
  }
  const file = path.join(dir, INT8_FOLDER, 'manifest.json');
  if (!(await exists(file))) return undefined;
  const int8 = await readModelFolder(dir, file);
  // Once another version is live, it is an int8 version of something else.
  return int8.manifest.provenance.quantized?.from === version
    ? { live, float: live, int8: withWordsOf(live, int8) }
    : undefined;
}

/** What people call a model is the same for both. */
function withWordsOf({ manifest: { name, description } }: ModelFolder, folder: ModelFolder): ModelFolder {
  return { ...folder, manifest: { ...folder.manifest, name, description } };
}
