import { createHash } from 'node:crypto';
import { type BigIntStats, createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/** A file whose content is known. */
export interface HashedFile {
  readonly file: string;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** Signature of the file when it was hashed; while it is the same, so is the content. */
  readonly signature: string;
}

const signatureOf = ({ mtimeNs, size, ino }: BigIntStats) => `${mtimeNs}/${size}/${ino}`;
const inspect = (file: string) => stat(file, { bigint: true });

/** More than a server's models have; what was not asked for longest is hashed again. */
const MAX_KNOWN = 2_000;

/**
 * Tells the hashes of files, each read only when it is new or has changed.
 * @returns a function that rejects where the file is not there, or changes while it is read
 */
export function createFileHashes(): (file: string) => Promise<HashedFile> {
  const known = new Map<string, { signature: string; hashed: Promise<HashedFile> }>();
  return async (file) => {
    const signature = signatureOf(await inspect(file));
    const before = known.get(file);
    const found = before?.signature === signature ? before : { signature, hashed: hash(file, signature) };
    known.delete(file);
    known.set(file, found);
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    try {
      return await found.hashed;
    } catch (error) {
      if (known.get(file) === found) known.delete(file);
      throw error;
    }
  };
}

async function hash(file: string, signature: string): Promise<HashedFile> {
  const sum = createHash('sha256');
  let bytes = 0;
  // In pieces, so that whatever else this process does comes in between: a graph may have a gigabyte.
  for await (const piece of createReadStream(file)) {
    sum.update(piece);
    bytes += piece.length;
  }
  if (signatureOf(await inspect(file)) !== signature) throw new Error(`${file} changed while it was read.`);
  return { file, sha256: sum.digest('hex'), bytes, signature };
}

/**
 * Reads a part of a file, in pieces. The last piece comes only when it is sure that all of them are of the content that
 * was hashed. The file is opened with the first piece that is asked for, and closed with the last or with `return`.
 * @param range bytes, `end` not included
 * @throws Error when the file has changed since
 */
export async function* readHashed(
  { file, signature }: HashedFile,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  if (start >= end) return;
  const handle = await open(file);
  try {
    let held: Uint8Array<ArrayBuffer> | undefined;
    for await (const piece of handle.createReadStream({ start, end: end - 1, autoClose: false })) {
      if (held) yield held;
      held = piece;
    }
    if (signatureOf(await handle.stat({ bigint: true })) !== signature) {
      throw new Error(`${file} changed while it was sent.`);
    }
    if (held) yield held;
  } finally {
    await handle.close();
  }
}
