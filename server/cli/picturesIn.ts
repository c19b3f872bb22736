import { readdir } from 'node:fs/promises';
import { isPictureName } from '../import/pictures/pictureFiles.ts';
import { UsageError } from './usage.ts';

/**
 * Names of the pictures in a folder, in order.
 * @param flag that named the folder
 * @throws UsageError where there is no folder, or no picture in it
 */
export async function picturesIn(dir: string, flag: string): Promise<string[]> {
  const names = await readdir(dir).catch((cause) => {
    throw new UsageError(`${flag}: there is no folder ${dir}.`, { cause });
  });
  const pictures = names.filter(isPictureName).sort();
  if (pictures.length === 0) throw new UsageError(`${flag}: ${dir} holds no JPEG, PNG or WebP pictures.`);
  return pictures;
}
