import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { ImportError } from './importError.ts';
import { importOnnx } from './importOnnx.ts';
import type { Sample } from './samplePictures.ts';

/** The files that a model came as, on this machine's disk. */
export interface SourceFiles {
  /** In words: where it comes from. */
  description: string;
  /** The folder; nothing outside of it is read. */
  dir: string;
  /** The file that is the model, relative to `dir`, when known. */
  entry?: string;
  hints?: {
    name?: string;
    license?: string;
    /** Relative to `dir`. */
    licenseFile?: string;
    integrity?: string;
    /** For `provenance.source`; `description` when absent. */
    addedFrom?: string;
  };
}

export interface ImportContext {
  /** An empty folder that becomes a complete version: graph, labels, goldens, manifest. */
  stagingDir: string;
  onProgress?(message: string): void;
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
 * Looks at a model that came from somewhere, decides how pictures go in and answers come out, writes a complete version
 * of it and tries that on samples. Strangers' bytes: call it in a process of its own, as `runImport` does.
 *
 * @throws ImportError
 */
export async function importModel(
  source: SourceFiles,
  options: ImportOptions,
  context: ImportContext,
): Promise<Imported> {
  const entry = source.entry ?? (await findEntry(source.dir));
  if (/\.onnx$/i.test(entry)) return importOnnx({ ...source, entry }, options, context);
  throw new ImportError(
    'unsupported_model',
    `${entry}: ONNX files (.onnx) can be imported. models/export turns a PyTorch model into one.`,
  );
}

async function findEntry(dir: string): Promise<string> {
  const files = (await readdir(dir, { withFileTypes: true, recursive: true }))
    .filter((file) => file.isFile())
    .map((file) => path.relative(dir, path.join(file.parentPath, file.name)).split(path.sep).join('/'))
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
  const models = files.filter((file) => /\.onnx$/i.test(file));
  const [first] = models;
  // Hugging Face repositories often hold one model several times: model.onnx, model_quantized.onnx, model_fp16.onnx.
  const plain = models.find((file) => path.basename(file) === 'model.onnx');
  const chosen = plain ?? first;
  if (chosen === undefined || (plain === undefined && models.length > 1)) {
    const found = files.slice(0, 10).join(', ') || 'no files';
    throw new ImportError(
      chosen === undefined ? 'unsupported_model' : 'needs_options',
      chosen === undefined
        ? `No model is among ${found}. An ONNX file (.onnx) is expected; models/export turns a PyTorch model into one.`
        : `There are several models: ${models.join(', ')}. Say which one.`,
    );
  }
  return chosen;
}
