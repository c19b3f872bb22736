import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { Manifest } from '../../vision/manifest.ts';

/** A model folder that was read and found in order; the graph itself is not loaded yet. */
export interface ModelFolder {
  dir: string;
  manifest: Manifest;
  /** See `versionOf`. */
  version: string;
  labels: readonly string[];
  graphFile: string;
}

/**
 * Reads `manifest.json` and `labels.txt`, without the graph.
 * @throws Error that names the folder and what is wrong in it
 */
export async function readModelFolder(dir: string): Promise<ModelFolder> {
  const manifestFile = path.join(dir, 'manifest.json');
  const parsed = v.safeParse(Manifest, JSON.parse(await readFile(manifestFile, 'utf8')));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`${manifestFile}: "${v.getDotPath(issue)}": ${issue.message}`);
  }
  const manifest = parsed.output;
  if (manifest.id !== path.basename(dir)) {
    throw new Error(`${manifestFile}: id "${manifest.id}" must be the name of its folder.`);
  }
  const { labels: labelsFile } = manifest;
  const labels =
    labelsFile === undefined
      ? []
      : (await readFile(path.join(dir, labelsFile), 'utf8')).trimEnd().split(/\r?\n/);
  return {
    dir,
    manifest,
    version: versionOf(manifest, labels),
    labels,
    graphFile: path.join(dir, manifest.graph.file),
  };
}

/**
 * 12 hexadecimal digits that tell one version of a model from another: two that have the same give the same answers.
 * They stand for the graph, the labels, and how pictures are brought to it.
 */
export function versionOf(
  { graph, task, multiLabel, input, minScore }: Manifest,
  labels: readonly string[],
): string {
  const { width, height, fit, crop, resample } = input;
  const shape = { width, height, fit, crop, resample };
  const answers = { graph: graph.sha256, task, multiLabel, shape, minScore, labels };
  return createHash('sha256').update(JSON.stringify(answers)).digest('hex').slice(0, 12);
}

/**
 * Makes sure that the graph is the one that the manifest names.
 * @throws Error with both hashes
 */
export async function verifyGraphHash(folder: ModelFolder): Promise<void> {
  const found = createHash('sha256')
    .update(await readFile(folder.graphFile))
    .digest('hex');
  if (found !== folder.manifest.graph.sha256) {
    throw new Error(
      `${folder.graphFile}: SHA-256 ${folder.manifest.graph.sha256} expected, the file has ${found}.`,
    );
  }
}
