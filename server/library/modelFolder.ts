import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { Steps } from '../../protocol/steps.ts';
import { graphsOf, MAIN_GRAPH, type Manifest } from '../../vision/manifest.ts';
import { followsPicture } from '../../vision/steps.ts';
import { sha256Of } from '../disk/sha256Of.ts';
import { parseManifest, readLabels } from './manifestFile.ts';
import type { ModelRef } from './modelRef.ts';

/** A model folder that was read and found in order; its graphs are not loaded yet. */
export interface ModelFolder {
  dir: string;
  /** The version's own manifest where it has one: it stays when another version goes live. */
  manifestFile: string;
  manifest: Manifest;
  /** See `versionOf`. */
  version: string;
  labels: readonly string[];
  /** Paths, by the names of the graphs. */
  graphFiles: Readonly<Record<string, string>>;
}

/** What a worker needs to load it. */
export const modelRef = ({ manifest, dir, manifestFile, version }: ModelFolder): ModelRef => ({
  id: manifest.id,
  dir,
  manifestFile,
  version,
  hasUnevenTimes: followsPicture(manifest.input),
});

/**
 * Reads `manifest.json`, or the manifest that is named, and the labels, without the graphs.
 * @throws Error that names the folder and what is wrong in it
 */
export async function readModelFolder(
  dir: string,
  manifestFile = path.join(dir, 'manifest.json'),
): Promise<ModelFolder> {
  const text = await readFile(manifestFile, 'utf8');
  const manifest = parseManifest(text, manifestFile);
  if (manifest.id !== path.basename(dir)) {
    throw new Error(`${manifestFile}: id "${manifest.id}" must be the name of its folder.`);
  }
  const labels = await readLabels(dir, manifest);
  const versionFolder = versionFolderOf(manifest);
  const own = path.join(dir, ...(versionFolder ? ['versions', versionFolder] : []), 'manifest.json');
  const hasOwn = (await readFile(own, 'utf8').catch(() => '')) === text;
  return {
    dir,
    manifestFile: hasOwn ? own : manifestFile,
    manifest,
    version: versionOf(manifest, labels),
    labels,
    graphFiles: graphFilesIn(dir, manifest),
  };
}

/** Paths of a model's graphs, by their names. */
export const graphFilesIn = (dir: string, manifest: Manifest): ModelFolder['graphFiles'] =>
  Object.fromEntries(
    Object.entries(graphsOf(manifest)).map(([name, { file }]) => [name, path.join(dir, file)]),
  );

/** The folder below `versions/` that a manifest's files lie in; undefined for a model that came with its files next to it. */
export function versionFolderOf(manifest: Manifest): string | undefined {
  const [graph] = Object.values(graphsOf(manifest));
  return /^versions\/([^/]+)\//.exec(graph?.file ?? '')?.[1];
}

/**
 * 12 hexadecimal digits that identify a version of a model: two that have the same give the same answers.
 * They stand for the graphs, the labels, and how pictures are brought to them.
 */
export function versionOf(manifest: Manifest, labels: readonly string[]): string {
  const { task, multiLabel, maxLabels, input, minScore } = manifest;
  const { width, height, fit, crop, resample } = input;
  // Parsed: its fields in one order, no matter who wrote them.
  const steps = input.steps && v.parse(Steps, input.steps);
  const shape = { width, height, fit, crop, resample, steps };
  const hashes = Object.entries(graphsOf(manifest)).map(([name, { sha256 }]) => [name, sha256] as const);
  const { [MAIN_GRAPH]: graph, ...others } = Object.fromEntries(
    hashes.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const graphs = Object.keys(others).length > 0 ? others : undefined;
  const answers = { graph, graphs, task, multiLabel, maxLabels, shape, minScore, labels };
  return createHash('sha256').update(JSON.stringify(answers)).digest('hex').slice(0, 12);
}

/**
 * Makes sure that the graphs are those that the manifest names.
 * @throws Error with both hashes
 */
export async function verifyGraphHashes({
  manifest,
  graphFiles,
}: Pick<ModelFolder, 'manifest' | 'graphFiles'>): Promise<void> {
  for (const [name, { sha256 }] of Object.entries(graphsOf(manifest))) {
    const file = graphFiles[name] ?? '';
    const found = await sha256Of(file);
    if (found !== sha256) throw new Error(`${file}: SHA-256 ${sha256} expected, the file has ${found}.`);
  }
}
