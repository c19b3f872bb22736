import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { zipStream } from '../../vision/zip/zipStream.ts';
import { fileContent } from '../disk/fileContent.ts';

/**
 * Makes the one file of a folder that can be sent: the file itself where there is one only, else a zip next to it.
 * @returns its path
 */
export async function packFolder(dir: string, zipFile: string): Promise<string> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const [only] = files;
  if (only !== undefined && files.length === 1) return only;
  const zipped = files.map((file) => ({
    path: path.relative(dir, file).split(path.sep).join('/'),
    content: fileContent(file),
  }));
  await pipeline(Readable.from(zipStream(zipped)), createWriteStream(zipFile));
  return zipFile;
}
