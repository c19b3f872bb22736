import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { ImportError } from './importError.ts';
import { importGraph } from './importGraph.ts';
import { loadTfjs } from './loadTfjs.ts';
import { readOnnxFile } from './onnxFile.ts';
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
    /** What it lay in, the nearest first; tells it from others of the same name. */
    folders?: readonly string[];
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
  context.onProgress?.('Reading the file');
  const loaded = entry.endsWith('.json')
    ? await loadTfjs(source.dir, entry, options)
    : { format: 'onnx', model: await readOnnxFile(source.dir, entry), said: {} };
  return importGraph(loaded, { ...source, entry }, options, context);
}

/** Formats of models that others know them by. */
const FOREIGN = /\.(pth?|pkl|safetensors|h5|keras|tflite|pb|mlmodel|gguf|bin|ckpt)$/i;
const TAKEN =
  'An ONNX file (.onnx) or a TensorFlow.js model (model.json with its weights) is expected; models/export turns a PyTorch or fastai model into one.';

async function findEntry(dir: string): Promise<string> {
  const files = (await readdir(dir, { withFileTypes: true, recursive: true }))
    .filter((file) => file.isFile() && !file.name.startsWith('.') && !file.parentPath.includes('__MACOSX'))
    .map((file) => path.relative(dir, path.join(file.parentPath, file.name)).split(path.sep).join('/'))
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
  const named = (name: string) => files.find((file) => path.posix.basename(file) === name);
  const models = files.filter((file) => /\.onnx$/i.test(file));
  // Hugging Face repositories often hold one model several times: model.onnx, model_quantized.onnx, model_fp16.onnx.
  const found = models.length === 1 ? models[0] : named('model.onnx');
  if (found !== undefined) return found;
  if (models.length > 1) {
    throw new ImportError(
      'needs_options',
      `There are several models: ${models.join(', ')}. Give one of them.`,
    );
  }
  const tfjs = named('model.json');
  if (tfjs !== undefined) return tfjs;
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0 && !FOREIGN.test(only)) return only;
  const list = files.slice(0, 10).join(', ') || 'no files';
  throw new ImportError('unsupported_model', `No model that can be imported is among ${list}. ${TAKEN}`);
}
