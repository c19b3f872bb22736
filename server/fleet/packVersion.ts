import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../disk/sha256Of.ts';
import { readManifest } from '../library/manifestFile.ts';
import { versionFolderOf } from '../library/modelFolder.ts';
import type { ModelRef } from '../library/modelRef.ts';
import { filesOf, toJson, withPaths } from '../library/stagedVersion.ts';
import type { FleetFile, PackedVersion } from './fleetLibrary.ts';

/** A version that is on this disk, as others can activate it: its manifest's paths no longer name the folder of the version. */
export async function packVersion({ id, version, dir, manifestFile }: ModelRef): Promise<PackedVersion> {
  const placed = await readManifest(manifestFile);
  const folder = versionFolderOf(placed);
  const prefix = folder === undefined ? '' : `versions/${folder}/`;
  const manifest = withPaths(placed, (file) => (file.startsWith(prefix) ? file.slice(prefix.length) : file));
  const text = Buffer.from(toJson(manifest));
  const files: FleetFile[] = [
    {
      path: 'manifest.json',
      sha256: createHash('sha256').update(text).digest('hex'),
      bytes: text.length,
    },
  ];
  const contents = new Map<string, string | Uint8Array>([['manifest.json', text]]);
  for (const file of filesOf(placed)) {
    const source = path.join(dir, file);
    const inner = file.startsWith(prefix) ? file.slice(prefix.length) : file;
    files.push({ path: inner, sha256: await sha256Of(source), bytes: (await stat(source)).size });
    contents.set(inner, source);
  }
  return { version: { id, version, files }, contents };
}
