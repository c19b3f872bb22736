import path from 'node:path';
import { exists } from '../disk/atomic.ts';
import { type ModelFolder, readModelFolder, versionFolderOf } from './modelFolder.ts';

/** Both versions of a quantised model, one of which was made live. */
export interface VersionPair {
  readonly live: ModelFolder;
  /** Undefined where it is not kept any more. */
  readonly float: ModelFolder | undefined;
  readonly int8: ModelFolder;
}

/** The folder, next to the files of a version, with the int8 version of it: of a model that ships, or that came from a fleet. */
export const INT8_FOLDER = 'int8';
/** The same of an int8 version that came from a fleet, with the float32 version that it was made of. */
const FLOAT_FOLDER = 'float32';
/** Folders of a version in which the other one of its pair may lie. */
export const TWIN_FOLDERS = [INT8_FOLDER, FLOAT_FOLDER] as const;

/** In which of them this version lies, next to the other one of its pair. */
export const twinFolderOf = ({ manifest }: Pick<ModelFolder, 'manifest'>) =>
  manifest.provenance.quantized === undefined ? FLOAT_FOLDER : INT8_FOLDER;

/**
 * The pair that a live version is one of: of an int8 version the float32 version that it was made of, where that is kept or came with
 * it; of another one the int8 version that came with it.
 * @param live as it stands in `models/<id>`
 * @returns undefined where there is no int8 version
 */
export async function findPair(
  live: ModelFolder,
  kept: (id: string) => Promise<readonly ModelFolder[]>,
): Promise<VersionPair | undefined> {
  const { manifest, version } = live;
  const { quantized } = manifest.provenance;
  if (quantized !== undefined) {
    const isOrigin = (folder: ModelFolder) => folder.version === quantized.from;
    const found = (await kept(manifest.id)).find(isOrigin) ?? (await nextTo(live, FLOAT_FOLDER));
    const float = found && isOrigin(found) ? withWordsOf(live, found) : undefined;
    return { live, float, int8: live };
  }
  const int8 = await nextTo(live, INT8_FOLDER);
  // Once another version is live, it is an int8 version of something else.
  return int8?.manifest.provenance.quantized?.from === version
    ? { live, float: live, int8: withWordsOf(live, int8) }
    : undefined;
}

/** What lies in a folder next to the files of a version. */
async function nextTo({ dir, manifest }: ModelFolder, name: string): Promise<ModelFolder | undefined> {
  const own = versionFolderOf(manifest);
  const file = path.join(dir, ...(own === undefined ? [] : ['versions', own]), name, 'manifest.json');
  return (await exists(file)) ? readModelFolder(dir, file) : undefined;
}

/** What people call a model is the same for both. */
function withWordsOf({ manifest: { name, description } }: ModelFolder, folder: ModelFolder): ModelFolder {
  return { ...folder, manifest: { ...folder.manifest, name, description } };
}
