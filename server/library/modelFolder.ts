import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { Steps } from '../../protocol/steps.ts';
import type { Manifest } from '../../vision/manifest.ts';
import type { ModelRef } from '../worker/messages.ts';
import { parseManifest, readLabels } from './manifestFile.ts';

/** A model folder that was read and found in order; the graph itself is not loaded yet. */
export interface ModelFolder {
  dir: string;
  /** The version's own manifest where it has one: it stays when another version goes live. */
  manifestFile: string;
  manifest: Manifest;
  /** See `versionOf`. */
  version: string;
  labels: readonly string[];
  graphFile: string;
}

/** What a worker needs to load it. */
export const modelRef = ({ manifest, dir, manifestFile, version }: ModelFolder): ModelRef => ({
  id: manifest.id,
  dir,
  manifestFile,
  version,
});

/**
 * Reads `manifest.json`, or the manifest that is named, and the labels, without the graph.
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
  const own = path.join(dir, path.dirname(manifest.graph.file), 'manifest.json');
  const hasOwn = (await readFile(own, 'utf8').catch(() => '')) === text;
  return {
    dir,
    manifestFile: hasOwn ? own : manifestFile,
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
  { graph, task, multiLabel, maxLabels, input, minScore }: Manifest,
  labels: readonly string[],
): string {
  const { width, height, fit, crop, resample } = input;
  // Parsed: its fields in one order, no matter who wrote them.
  const steps = input.steps && v.parse(Steps, input.steps);
  const shape = { width, height, fit, crop, resample, steps };
  const answers = { graph: graph.sha256, task, multiLabel, maxLabels, shape, minScore, labels };
  return createHash('sha256').update(JSON.stringify(answers)).digest('hex').slice(0, 12);
}

/**
 * Makes sure that the graph is the one that the manifest names.
 * @throws Error with both hashes
 */
export async function verifyGraphHash(folder: ModelFolder): Promise<void> {
  const hash = createHash('sha256');
  // In pieces: a graph may have a gigabyte.
  for await (const piece of createReadStream(folder.graphFile, { highWaterMark: 1 << 20 }))
    hash.update(piece);
  const found = hash.digest('hex');
  if (found !== folder.manifest.graph.sha256) {
    throw new Error(
      `${folder.graphFile}: SHA-256 ${folder.manifest.graph.sha256} expected, the file has ${found}.`,
    );
  }
}
