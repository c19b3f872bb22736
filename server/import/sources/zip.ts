import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type yauzl from 'yauzl';
import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { pathKey } from '../../../vision/zip/safeParts.ts';
import { ImportError } from '../importError.ts';
import { assertSafePath, MAX_FILES } from './filePath.ts';
import { MAX_HINT_FILE_BYTES } from './labelFiles.ts';

/** Weights of zeros get this small, and hardly anything that is meant to be used. */
const MAX_RATIO = 200;
/** Below this, a file may be as well packed as it likes. */
const RATIO_FROM_BYTES = 50e6;
/** Of files: folders and clutter are entries, too, and each of them takes time. */
const ENTRIES_PER_FILE = 3;
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;
/** What file managers add. */
const CLUTTER = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

export interface UnzipLimits {
  /** Of all files together. */
  readonly maxBytes: number;
  /** Maximum number of files. Default: more than a model has. */
  readonly maxFiles?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks an untrusted zip. All names and sizes are inspected before anything is written.
 * @returns paths of the files, relative to `dir`
 * @throws ImportError `malformed_source`, `too_large`
 */
export async function unzip(
  file: string,
  dir: string,
  { maxBytes, maxFiles = MAX_FILES, signal }: UnzipLimits,
): Promise<string[]> {
  const { default: yauzl } = await import('yauzl');
  let zip: yauzl.ZipFile;
  try {
    zip = await yauzl.openPromise(file, { autoClose: false, strictFileNames: true });
  } catch (cause) {
    throw malformed(cause);
  }
  try {
    const entries = await readEntries(zip, (await stat(file)).size, { maxBytes, maxFiles, signal });
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

/**
 * Reads the first of some small files that a zip behind other bytes has, as TensorFlow Lite's metadata keeps label files.
 * @returns undefined where there is no such zip or file, or it cannot be read
 */
export async function readFromZipTail(
  bytes: Uint8Array,
  names: readonly string[],
): Promise<Buffer | undefined> {
  if (names.length === 0) return undefined;
  const { default: yauzl } = await import('yauzl');
  const rankOf = new Map(names.map((name, rank) => [name, rank] as const).reverse());
  try {
    const zip = await yauzl.fromBufferPromise(zipBehind(bytes));
    let first: { entry: yauzl.Entry; rank: number } | undefined;
    for await (const entry of zip.eachEntry()) {
      const rank = rankOf.get(entry.fileName) ?? names.length;
      if (rank >= (first?.rank ?? names.length) || entry.uncompressedSize > MAX_HINT_FILE_BYTES) continue;
      first = { entry, rank };
    }
    if (first === undefined) return undefined;
    const parts: Uint8Array[] = [];
    for await (const part of await zip.openReadStreamPromise(first.entry)) parts.push(part as Uint8Array);
    return Buffer.concat(parts);
  } catch {
    // Not a zip, or a broken one: the model works without names.
    return undefined;
  }
}

const END_MARK = Buffer.from('PK\x05\x06');
const END_BYTES = 22;
const MAX_COMMENT = 65_535;

/** From where the places in a zip are counted: some tools do so from the beginning of the file, others from that of the zip. */
function zipBehind(bytes: Uint8Array): Buffer {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tail = file.subarray(-END_BYTES - MAX_COMMENT);
  const end = tail.lastIndexOf(END_MARK, -END_BYTES);
  if (end < 0) return tail;
  const [listBytes, listAt] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  return file.subarray(Math.max(0, file.length - tail.length + end - listBytes - listAt));
}

async function readEntries(
  zip: yauzl.ZipFile,
  zipBytes: number,
  { maxBytes, maxFiles, signal }: Required<UnzipLimits>,
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
      throw new ImportError(
        'malformed_source',
        entry.isEncrypted()
          ? aboutSource('zip_encrypted', { file: entry.fileName })
          : aboutSource('zip_method', { file: entry.fileName, method: entry.compressionMethod }),
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
    if (bytes > maxBytes || entries.length > maxFiles) {
      throw new ImportError(
        'too_large',
        aboutSource('zip_too_large', { max: formatBytes(maxBytes), files: maxFiles }),
      );
    }
  };
  try {
    const maxEntries = ENTRIES_PER_FILE * maxFiles;
    let count = 0;
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      count += 1;
      if (count > maxEntries) {
        throw new ImportError('too_large', aboutSource('zip_entries', { max: maxEntries }));
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
