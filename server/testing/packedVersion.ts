import { createHash } from 'node:crypto';
import type { PackedVersion } from '../fleet/fleetLibrary.ts';

/** A version of files that no runtime could load. */
export function packedOf(
  id: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  version = '1',
): PackedVersion {
  const contents = Object.entries(files).map(([path, content]) => [path, Buffer.from(content)] as const);
  return {
    version: {
      id,
      version,
      files: contents.map(([path, bytes]) => ({
        path,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes: bytes.length,
      })),
    },
    contents: new Map(contents),
  };
}
