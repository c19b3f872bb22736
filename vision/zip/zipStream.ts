/** A file of a zip that is written. */
export interface ZipEntry {
  /** With "/" between folders. */
  readonly path: string;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Stands in each entry: the same files give the same bytes. */
const TIME = new Date(1980, 0, 1);

/**
 * The bytes of a zip, file by file, none of which is ever in memory as a whole. Nothing is compressed: pictures and weights
 * hardly get smaller. At most 65,535 files and 4 GB, the limits of the format without its extension.
 */
export async function* zipStream(
  entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  // Few servers, and few pages, ever write one.
  const { Zip, ZipPassThrough } = await import('fflate');
  let ready: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    ready.push(chunk);
  });
  const taken = () => {
    const chunks = ready;
    ready = [];
    return chunks;
  };
  for await (const { path, content } of entries) {
    const entry = new ZipPassThrough(path);
    entry.mtime = TIME;
    zip.add(entry);
    for await (const chunk of content) {
      entry.push(chunk);
      yield* taken();
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  yield* taken();
}
