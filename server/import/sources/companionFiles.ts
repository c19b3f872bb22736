import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { MAX_HINT_FILE_BYTES } from './labelFiles.ts';
import { PREPROCESSING_FILES } from './preprocessingFiles.ts';

/** The files in the folder of a model, listed once. What says both labels and preprocessing (config.json) is read once. */
export interface CompanionFiles {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Names of its files, sorted. No links: they could lead to any file of this machine. */
  readonly names: readonly string[];
  /** @throws Error where the file is larger than a hint file may be, or cannot be read */
  read(name: string): Promise<Buffer>;
}

/**
 * @param entry the file of the model, relative to `dir`
 * @throws Error where the folder cannot be read
 */
export async function openCompanions(dir: string, entry: string): Promise<CompanionFiles> {
  const folder = path.join(dir, path.dirname(entry));
  const contents = new Map<string, Promise<Buffer>>();
  return {
    folder,
    names: await fileNames(folder),
    read(name) {
      const content = contents.get(name) ?? readSmall(path.join(folder, name));
      // Not the others: hundreds of them would fill the memory of this process.
      if (PREPROCESSING_FILES.some((one) => one === name)) contents.set(name, content);
      return content;
    },
  };
}

export const fileNames = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((file) => file.isFile())
    .map(({ name }) => name)
    .sort();

export async function readSmall(file: string): Promise<Buffer> {
  const { size } = await stat(file);
  if (size > MAX_HINT_FILE_BYTES) {
    throw new Error(`it has ${formatBytes(size)}; the limit is ${formatBytes(MAX_HINT_FILE_BYTES)}.`);
  }
  return readFile(file);
}
