import { gunzipSync } from 'node:zlib';
import { ImportError } from '../../server/import/importError.ts';

const blockBytes = 512;

/**
 * Reads a gzipped tar archive, as npm packs them: regular files only, POSIX ustar names. Pax headers are
 * skipped but for a path they may carry.
 *
 * @returns contents by path
 * @throws ImportError `malformed_source`
 */
export function readTarball(tarball: Uint8Array): Map<string, Uint8Array> {
  let archive: Buffer;
  try {
    archive = gunzipSync(tarball);
  } catch (cause) {
    throw new ImportError('malformed_source', 'the archive is not a gzip file', { cause });
  }
  const files = new Map<string, Uint8Array>();
  let paxPath: string | undefined;
  for (let offset = 0; offset + blockBytes <= archive.length; ) {
    const header = archive.subarray(offset, offset + blockBytes);
    const text = (start: number, length: number): string =>
      header.toString('utf8', start, start + length).replace(/\0.*$/s, '');
    if (header[0] === 0) break;
    const bytes = Number.parseInt(text(124, 12).trim(), 8);
    const start = offset + blockBytes;
    if (Number.isNaN(bytes) || start + bytes > archive.length) {
      throw new ImportError(
        'malformed_source',
        `the archive ends too early or is not a tar file, at byte ${offset}`,
      );
    }
    const content = archive.subarray(start, start + bytes);
    const type = text(156, 1);
    if (type === 'x') {
      paxPath = /^\d+ path=(.*)$/m.exec(content.toString('utf8'))?.[1];
    } else {
      const prefix = text(345, 155);
      const path = paxPath ?? (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100));
      if (type === '0' || type === '') files.set(path, content);
      paxPath = undefined;
    }
    offset = start + Math.ceil(bytes / blockBytes) * blockBytes;
  }
  return files;
}
