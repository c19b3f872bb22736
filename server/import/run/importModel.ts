import path from 'node:path';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import type { Text } from '../../../protocol/sentence.ts';
import { progress } from '../../../protocol/sentences/progress.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import type { Sample } from '../pictures/samplePictures.ts';
import { findModelFile, MANIFEST_FILE } from '../sources/findModelFile.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import { loadWords } from '../words/loadWords.ts';
import { importGraph, type LoadedModel } from './importGraph.ts';
import { importModelFolder } from './importModelFolder.ts';
import type { RunLiteRt } from './liteRtOf.ts';
import { loadOnnx } from './loadOnnx.ts';
import { loadTfjs } from './loadTfjs.ts';
import { loadTflite } from './loadTflite.ts';

export interface ImportContext {
  /** An empty folder that becomes a complete version: graph, labels, goldens, manifest. */
  stagingDir: string;
  onProgress?(message: Text): void;
  /** What the model is tried on; photos that ship when absent. */
  samples?: readonly Sample[];
  /** What a version costs; measured in a process that did nothing before when absent. */
  measureCost?(dir: string): Promise<ImportReport['cost']>;
  /** Runs a .tflite file in LiteRT.js, to compare; in a process of its own when absent. */
  runLiteRt?: RunLiteRt;
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
  return importGraph(await load(source.dir, entry, options, context), { ...source, entry }, options, context);
}

async function load(
  dir: string,
  entry: string,
  options: ImportOptions,
  { runLiteRt }: ImportContext,
): Promise<LoadedModel> {
  if (entry.endsWith('.json')) return loadTfjs(dir, entry, options);
  if (/\.tflite$/i.test(entry)) return loadTflite(dir, entry, options, runLiteRt);
  const loaded = await loadOnnx(dir, entry);
  return (await loadWords(loaded, dir, entry, options)) ?? loaded;
}
