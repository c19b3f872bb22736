import { createReadStream, createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Zip, ZipPassThrough } from 'fflate';

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
  await pipeline(Readable.from(zipped(dir, files)), createWriteStream(zipFile));
  return zipFile;
}

async function* zipped(dir: string, files: readonly string[]): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    ready.push(chunk);
  });
  const taken = () => {
    const chunks = ready;
    ready = [];
    return chunks;
  };
  for (const file of files) {
    // Weights hardly get smaller by being compressed.
    const entry = new ZipPassThrough(path.relative(dir, file).split(path.sep).join('/'));
    zip.add(entry);
    for await (const chunk of createReadStream(file)) {
      entry.push(chunk);
      yield* taken();
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  yield* taken();
}
