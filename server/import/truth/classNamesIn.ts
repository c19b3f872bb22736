import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readLabelFile } from '../../../vision/labels/readLabels.ts';

/**
 * What the numbers of a truth mean, by line.
 * @param files names of the files that say it, in each folder the first first
 * @returns undefined where none of the folders has one that can be read
 */
export async function classNamesIn(
  dirs: readonly string[],
  files: readonly string[],
): Promise<readonly string[] | undefined> {
  for (const dir of dirs) {
    for (const name of files) {
      const bytes = await readFile(path.join(dir, name)).catch(() => undefined);
      const list = bytes && (await readLabelFile(bytes).catch(() => undefined));
      if (list) return list.labels;
    }
  }
  return undefined;
}
