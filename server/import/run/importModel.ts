import path from 'node:path';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import type { Text } from '../../../protocol/sentence.ts';
import { progress } from '../../../protocol/sentences/progress.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import type { Sample } from '../pictures/samplePictures.ts';
import { findModelFile, MANIFEST_FILE } from '../sources/findModelFile.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import { importGraph } from './importGraph.ts';
import { importModelFolder } from './importModelFolder.ts';
import { loadOnnx } from './loadOnnx.ts';
import { loadTfjs } from './loadTfjs.ts';

export interface ImportContext {
  /** An empty folder that becomes a complete version: graph, labels, goldens, manifest. */
  stagingDir: string;
  onProgress?(message: Text): void;
  /** What the model is tried on; photos that ship when absent. */
  samples?: readonly Sample[];
  /** What a version costs; measured in a process that did nothing before when absent. */
  measureCost?(dir: string): Promise<ImportReport['cost']>;
}

export interface Imported {
  report: ImportReport;
  /** As it was written; its paths are relative to `stagingDir`. */
  manifest: Manifest;
}

/**
 * Inspects a model, decides how pictures go in and answers come out, writes a complete version
 * of it and tries that on samples. Untrusted bytes: call it in a separate process, as `runImport` does.
 *
 * @throws ImportError
 */
export async function importModel(
  source: SourceFiles,
  options: ImportOptions,
  context: ImportContext,
): Promise<Imported> {
  const entry = source.entry ?? (await findModelFile(source.dir, source.description));
  context.onProgress?.(progress('reads'));
  if (path.posix.basename(entry) === MANIFEST_FILE) {
    return importModelFolder({ ...source, entry }, options, context);
  }
  const loaded = entry.endsWith('.json')
    ? await loadTfjs(source.dir, entry, options)
    : await loadOnnx(source.dir, entry);
  return importGraph(loaded, { ...source, entry }, options, context);
}
