import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { ImportError } from '../importError.ts';
import { assertSafePath, MAX_FILES, pathKey } from './filePath.ts';

/** Weights of zeros get this small, and hardly anything that is meant to be used. */
const MAX_RATIO = 200;
/** Below this, a file may be as well packed as it likes. */
const RATIO_FROM_BYTES = 50e6;
/** Folders and clutter, too: each of them takes time. */
const MAX_ENTRIES = 3 * MAX_FILES;
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;
/** What file managers add. */
const CLUTTER = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

/**
 * Unpacks an untrusted zip. All names and sizes are inspected before anything is written.
 * @returns paths of the files, relative to `dir`
 * @throws ImportError `malformed_source`, `too_large`
 */
export async function unzip(
  file: string,
  dir: string,
  { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal | undefined },
): Promise<string[]> {
  let zip: yauzl.ZipFile;
  try {
    zip = await yauzl.openPromise(file, { autoClose: false, strictFileNames: true });
  } catch (cause) {
    throw malformed(cause);
  }
  try {
    const entries = await readEntries(zip, (await stat(file)).size, maxBytes, signal);
    for (const entry of entries) {
      signal?.throwIfAborted();
      const target = path.join(dir, ...entry.fileName.split('/'));
      await mkdir(path.dirname(target), { recursive: true });
      try {
        // It gives no more bytes than the size that was inspected.
        const content = await zip.openReadStreamPromise(entry);
        await pipeline(content, createWriteStream(target, { flags: 'wx' }), { signal });
      } catch (cause) {
        signal?.throwIfAborted();
        throw malformed(cause, entry.fileName);
      }
    }
    return entries.map(({ fileName }) => fileName);
  } finally {
    zip.close();
  }
}

async function readEntries(
  zip: yauzl.ZipFile,
  zipBytes: number,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<yauzl.Entry[]> {
  const entries: yauzl.Entry[] = [];
  const seen = new Set<string>();
  const folders = new Set<string>();
  let bytes = 0;
  let packedBytes = 0;
  const add = (entry: yauzl.Entry) => {
    if (entry.fileName.endsWith('/') || CLUTTER.test(entry.fileName)) return;
    assertSafePath(entry.fileName);
    if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK) {
      throw new ImportError('malformed_source', aboutSource('zip_link', { file: entry.fileName }));
    }
    if (!entry.canDecodeFileData()) {
      const how = entry.isEncrypted() ? 'encrypted' : `packed by method ${entry.compressionMethod}`;
      throw new ImportError(
        'malformed_source',
        `${entry.fileName} is ${how}. Zip it without encryption, with the usual compression.`,
      );
    }
    const key = pathKey(entry.fileName);
    if (seen.has(key)) {
      throw new ImportError('malformed_source', aboutSource('zip_twice', { file: entry.fileName }));
    }
    seen.add(key);
    for (let at = key.lastIndexOf('/'); at > 0; at = key.lastIndexOf('/', at - 1))
      folders.add(key.slice(0, at));
    bytes += entry.uncompressedSize;
    packedBytes += entry.compressedSize;
    entries.push(entry);
    const ratio = bytes / Math.max(1, packedBytes);
    const isBomb = bytes > RATIO_FROM_BYTES && ratio > MAX_RATIO;
    // Files that share their packed bytes would be counted once in the zip and many times here.
    if (isBomb || packedBytes > zipBytes) {
      throw new ImportError('too_large', aboutSource('zip_bomb'));
    }
    if (bytes > maxBytes || entries.length > MAX_FILES) {
      throw new ImportError(
        'too_large',
        aboutSource('zip_too_large', { max: formatBytes(maxBytes), files: MAX_FILES }),
      );
    }
  };
  try {
    let count = 0;
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      count += 1;
      if (count > MAX_ENTRIES) {
        throw new ImportError('too_large', aboutSource('zip_entries', { max: MAX_ENTRIES }));
      }
      add(entry);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof ImportError ? error : malformed(error);
  }
  const clash = [...folders].find((folder) => seen.has(folder));
  if (clash !== undefined) {
    throw new ImportError('malformed_source', aboutSource('zip_clash', { name: clash }));
  }
  return entries;
}

function malformed(cause: unknown, name?: string): ImportError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const where = name === undefined ? 'The zip' : `${name} in the zip`;
  return new ImportError('malformed_source', aboutSource('unreadable', { name: where, why }), {
    cause,
  });
}
