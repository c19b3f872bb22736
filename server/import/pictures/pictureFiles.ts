import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** A picture of a folder: its name, and where it lies. */
export interface PictureFile {
  readonly name: string;
  readonly file: string;
}

export const isPictureName = (name: string): boolean => /\.(jpe?g|png|webp)$/i.test(name);

/** In order of name; none where there is no such folder. */
export async function pictureFilesIn(dir: string): Promise<PictureFile[]> {
  const names = await readdir(dir).catch((): string[] => []);
  return names
    .filter(isPictureName)
    .sort()
    .map((name) => ({ name, file: path.join(dir, name) }));
}
