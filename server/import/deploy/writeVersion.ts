import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import type { SingleGraphManifest } from '../../../vision/manifest.ts';
import type { Golden } from '../../../vision/tasks/taskOf.ts';
import { isModelId } from '../../library/modelId.ts';
import { ImportError } from '../importError.ts';

export interface VersionFiles {
  /** Without what the files decide: `goldens` and `license.file`. */
  readonly manifest: SingleGraphManifest;
  readonly graph: Uint8Array;
  readonly labels: readonly string[];
  readonly goldens: readonly {
    readonly name: string;
    readonly image: Uint8Array;
    readonly expected: Golden;
  }[];
  /** Absolute path of the licence's text. */
  readonly licenseFile: string | undefined;
}

/** Writes a complete version into an empty folder, the manifest last. @returns the manifest as it was written */
export async function writeVersion(dir: string, files: VersionFiles): Promise<SingleGraphManifest> {
  const { graph, labels, goldens, licenseFile } = files;
  await mkdir(path.join(dir, 'goldens'), { recursive: true });
  await writeFile(path.join(dir, files.manifest.graph.file), graph);
  if (files.manifest.labels) await writeFile(path.join(dir, files.manifest.labels), `${labels.join('\n')}\n`);
  const license = { ...files.manifest.license };
  if (licenseFile !== undefined) {
    const text = await readFile(licenseFile).catch((cause: unknown) => {
      throw new ImportError('malformed_source', aboutGraph('license_unreadable', { file: licenseFile }), {
        cause,
      });
    });
    // A copy would be as read-only as many licences are, and could not be brought down to the disk.
    await writeFile(path.join(dir, 'LICENSE'), text);
    license.file = 'LICENSE';
  }
  const named = [];
  for (const [at, { name, image, expected }] of goldens.entries()) {
    const golden = {
      image: `goldens/${at + 1}-${slug(name)}.png`,
      expected: `goldens/${at + 1}-${slug(name)}.json`,
    };
    await writeFile(path.join(dir, golden.image), image);
    await writeFile(path.join(dir, golden.expected), `${JSON.stringify(expected)}\n`);
    named.push(golden);
  }
  const manifest: SingleGraphManifest = { ...files.manifest, license, goldens: named };
  await writeFile(path.join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** A name of files and folders that every system takes, and that a model may have as its id. */
export function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 58)
    .replace(/[^a-z0-9]+$/, '');
  if (isModelId(plain)) return plain;
  return plain === '' ? 'model' : `model-${plain}`;
}

/** The id of a model of that name. Of letters that an id cannot have, a short hash keeps names distinct. */
export function idFrom(name: string): string {
  const id = slug(name);
  if (!/[^\P{L}\p{Script=Latin}]/u.test(name)) return id;
  return `${id.slice(0, 57)}-${createHash('sha256').update(name.normalize('NFC')).digest('hex').slice(0, 6)}`;
}
