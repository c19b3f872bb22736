import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { graphsOf, Manifest, withGraphs } from '../../vision/manifest.ts';
import { exists, moveInto, syncFilesBelow, writeFileAtomically } from '../disk/atomic.ts';
import { readLabels, readManifest } from './manifestFile.ts';
import { graphFilesIn, verifyGraphHashes, versionOf } from './modelFolder.ts';
import { TWIN_FOLDERS } from './versionPair.ts';

/** A version that is complete, and not below its model yet; its manifest's paths start at `dir`. */
export interface StagedVersion {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly version: string;
}

/** @throws Error that names what is missing or not in order */
export async function readStagedVersion(dir: string): Promise<StagedVersion> {
  const manifest = await readManifest(path.join(dir, 'manifest.json'));
  for (const file of filesOf(manifest)) {
    if (!(await exists(path.join(dir, file)))) throw new Error(`The new version lacks its file ${file}.`);
  }
  const labels = await readLabels(dir, manifest);
  const version = versionOf(manifest, labels);
  await verifyGraphHashes({ manifest, graphFiles: graphFilesIn(dir, manifest) });
  return { dir, manifest, version };
}

/**
 * Writes the manifest that the version has from now on, and makes sure that all its files are on the disk.
 * @returns that manifest, whose paths start at the model's folder
 */
export async function sealStagedVersion(
  staged: StagedVersion,
  version: {
    id: string;
    name: string | undefined;
    folder: string;
    addedAt: string | undefined;
    since: string | undefined;
  },
): Promise<Manifest> {
  const manifest = rebase(staged.manifest, version);
  await writeFileAtomically(path.join(staged.dir, 'manifest.json'), toJson(manifest));
  await sealTwins(staged.dir, version);
  await syncFilesBelow(staged.dir);
  return manifest;
}

/** The same for what lies in a folder next to the files of a version. @returns the folders that there are */
async function sealTwins(dir: string, version: Parameters<typeof rebase>[1]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of TWIN_FOLDERS) {
    const file = path.join(dir, folder, 'manifest.json');
    if (!(await exists(file))) continue;
    await writeFileAtomically(file, toJson(rebase(await readManifest(file), version)));
    found.push(folder);
  }
  return found;
}

/** Moves the other one of its pair, as it came, to a version that has its place already. */
export async function placeTwin(
  dir: string,
  versionDir: string,
  version: Parameters<typeof rebase>[1],
): Promise<void> {
  const folders = await sealTwins(dir, version);
  await syncFilesBelow(dir);
  for (const folder of folders) await moveInto(path.join(dir, folder), path.join(versionDir, folder));
}

/** Moves the sealed version to its place; `versionDir` must not exist. */
export async function placeStagedVersion({ dir }: StagedVersion, versionDir: string): Promise<void> {
  await mkdir(path.dirname(versionDir), { recursive: true });
  await moveInto(dir, versionDir);
}

export const toJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** All files that a manifest names, each once. */
export function filesOf(manifest: Manifest): string[] {
  const { labels, goldens, license, words } = manifest;
  const graphs = Object.values(graphsOf(manifest)).map(({ file }) => file);
  const named = [
    ...graphs,
    labels,
    license.file,
    ...goldens.flatMap((golden) => Object.values(golden)),
    ...(words ? [words.text.file, words.tokenizer, words.tokenizerConfig, words.settings] : []),
  ];
  return [...new Set(named.filter((file) => file !== undefined))];
}

function rebase(
  manifest: Manifest,
  version: {
    id: string;
    name: string | undefined;
    folder: string;
    addedAt: string | undefined;
    since: string | undefined;
  },
): Manifest {
  const { id, addedAt, since } = version;
  const prefix = `versions/${version.folder}/`;
  const { since: _, addedAt: __, ...provenance } = manifest.provenance;
  return v.parse(Manifest, {
    ...withPaths(manifest, (file) => prefix + file),
    id,
    name: version.name ?? manifest.name,
    provenance: {
      ...provenance,
      ...(addedAt !== undefined && { addedAt }),
      ...(since !== undefined && { since }),
    },
  } satisfies Manifest);
}

/** The manifest with each path of a file changed. */
export function withPaths(manifest: Manifest, change: (file: string) => string): Manifest {
  const { labels, license, words } = manifest;
  return {
    ...withGraphs(manifest, (graph) => ({ ...graph, file: change(graph.file) })),
    ...(labels !== undefined && { labels: change(labels) }),
    goldens: manifest.goldens.map(({ image, expected }) => ({
      image: change(image),
      expected: change(expected),
    })),
    license: { ...license, ...(license.file !== undefined && { file: change(license.file) }) },
    ...(words !== undefined && {
      words: {
        text: { ...words.text, file: change(words.text.file) },
        tokenizer: change(words.tokenizer),
        tokenizerConfig: change(words.tokenizerConfig),
        settings: change(words.settings),
      },
    }),
  };
}
