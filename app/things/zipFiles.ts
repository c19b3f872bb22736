const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
/** A comment may stand behind the end of the directory. */
const MAX_COMMENT_BYTES = 65_535;
const STORED = 0;
const DEFLATED = 8;

/** What packing may add to a file that does not get smaller: more than it does to one of 16 MB. */
const MAX_MORE_BYTES = 64e3;

/** A file of a zip. */
export interface ZipFile {
  /** Bytes of what is in it, as the zip says. */
  readonly size: number;
  read(): Promise<Blob>;
}

/**
 * The files of a zip by their paths, read from its directory: nothing is unpacked before it is asked for, and what is stored as it is is never
 * in memory. A zip of more than 4 GB, or an encrypted one, is none that is read.
 * @param zip a stranger's file
 * @throws Error where it is no zip
 */
export async function zipFiles(zip: Blob): Promise<ReadonlyMap<string, ZipFile>> {
  const tailStart = Math.max(0, zip.size - END_BYTES - MAX_COMMENT_BYTES);
  const tail = await viewOf(zip.slice(tailStart));
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('This is no zip.');
  const count = tail.getUint16(end + 10, true);
  const start = tail.getUint32(end + 16, true);
  const directory = await viewOf(zip.slice(start, start + tail.getUint32(end + 12, true)));
  const files = new Map<string, ZipFile>();
  let at = 0;
  for (let entry = 0; entry < count; entry++) {
    // A view throws beyond its end.
    if (directory.getUint32(at, true) !== DIRECTORY_ENTRY)
      throw new Error('The directory of the zip is broken.');
    const isEncrypted = (directory.getUint16(at + 8, true) & 1) === 1;
    const method = directory.getUint16(at + 10, true);
    const packed = directory.getUint32(at + 20, true);
    const size = directory.getUint32(at + 24, true);
    const nameBytes = directory.getUint16(at + 28, true);
    const moreBytes = directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
    const offset = directory.getUint32(at + 42, true);
    const name = new TextDecoder().decode(
      new Uint8Array(directory.buffer, directory.byteOffset + at + ENTRY_BYTES, nameBytes),
    );
    at += ENTRY_BYTES + nameBytes + moreBytes;
    files.set(name, {
      size,
      async read() {
        if (isEncrypted) throw new Error('It is encrypted.');
        // Who asks has looked at its size: no more than that is read.
        if (method === STORED ? packed !== size : packed > size + MAX_MORE_BYTES)
          throw new Error('It is larger than the zip says.');
        const local = await viewOf(zip.slice(offset, offset + LOCAL_BYTES));
        const from = offset + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
        const content = zip.slice(from, from + packed);
        if (content.size !== packed) throw new Error('It is cut short.');
        if (method === STORED) return content;
        if (method !== DEFLATED) throw new Error(`It is packed by a method (${method}) that is not read.`);
        const { inflateSync } = await import('fflate');
        // More than it says does not come out of it.
        const bytes = inflateSync(new Uint8Array(await content.arrayBuffer()), { out: new Uint8Array(size) });
        return new Blob([bytes]);
      },
    });
  }
  return files;
}

const viewOf = async (part: Blob) => new DataView(await part.arrayBuffer());
