import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { MODEL_FILES_IN_WORDS } from '../../../protocol/modelFiles.ts';
import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { ImportError } from '../importError.ts';
import { foreignByName } from '../onnx/foreignFormat.ts';

/**
 * Finds the one file among many that is the model: what a folder, a zip or the files chosen in the page hold.
 *
 * The manifest of a model folder as this project writes it goes before all, where it names several graphs. Else an ONNX
 * file goes first; of several, `model.onnx`, next to which repositories have smaller copies, or the picture tower of two. Else the TensorFlow.js
 * model, whatever its name: its JSON says that it is one. Else the TensorFlow Lite model, of which a `.task` is a zip.
 *
 * @param description of all of them for a reader, such as "folder birds"
 * @returns its path relative to `dir`, with "/"
 * @throws ImportError `unknown_source`: it names what was found and what is expected
 */
export async function findModelFile(dir: string, description: string): Promise<string> {
  const files = await filesBelow(dir);
  for (const file of files.filter((name) => path.posix.basename(name) === MANIFEST_FILE)) {
    if (await namesSeveralGraphs(path.join(dir, file))) return file;
  }
  const models = files.filter((file) => /\.onnx$/i.test(file));
  const onnx = models.length === 1 ? models[0] : (named(models, 'model.onnx') ?? pictureTower(models));
  if (onnx !== undefined) return onnx;
  if (models.length > 1) throw severalModels(description, models);
  const graphs: string[] = [];
  for (const file of files.filter((name) => /\.json$/i.test(name))) {
    if (await isTfjsModel(path.join(dir, file))) graphs.push(file);
  }
  // One that is called so and says nothing of the kind is read, so that the error can name what is wrong.
  const graph = graphs.length === 1 ? graphs[0] : (named(graphs, 'model.json') ?? named(files, 'model.json'));
  if (graph !== undefined) return graph;
  if (graphs.length > 1) throw severalModels(description, graphs);
  const lites = files.filter((file) => /\.tflite$/i.test(file));
  const lite =
    lites.length === 1 ? lites[0] : (named(lites, 'model.tflite') ?? named(lites, 'model_unquant.tflite'));
  if (lite !== undefined) return lite;
  if (lites.length > 1) throw severalModels(description, lites);
  const [only, ...others] = files;
  // Its bytes show what it is.
  if (
    only !== undefined &&
    others.length === 0 &&
    foreignByName(only) === undefined &&
    !/\.[a-z]+$/i.test(only)
  )
    return only;
  throw noModel(description, files);
}

const named = (files: readonly string[], name: string) =>
  files.find((file) => path.posix.basename(file).toLowerCase() === name);

/** Of a model in two files, next to which there may be copies with smaller numbers: the whole one. */
const pictureTower = (models: readonly string[]): string | undefined =>
  named(models, 'text_model.onnx') && named(models, 'vision_model.onnx');

const severalModels = (description: string, models: readonly string[]) =>
  new ImportError(
    'unknown_source',
    aboutSource('several_models', { where: description, models: models.slice(0, 10).join(', ') }),
  );

function noModel(description: string, files: readonly string[]): ImportError {
  const [foreign] = files.flatMap((file) => foreignByName(file) ?? []);
  const zip = files.find((file) => /\.zip$/i.test(file));
  const list = files.slice(0, 10).join(', ') + (files.length > 10 ? ', …' : '');
  const advice = zip
    ? aboutSource('advice_zip_alone', { zip })
    : foreign
      ? aboutSource('it_holds', { format: foreign.what, advice: foreign.instead })
      : files.some((file) => /\.bin$/i.test(file))
        ? aboutSource('advice_bin')
        : '';
  const values = { where: description, expected: MODEL_FILES_IN_WORDS, advice };
  return new ImportError(
    advice ? 'malformed_source' : 'unknown_source',
    files.length === 0
      ? aboutSource('no_files', values)
      : aboutSource('no_supported_model', { ...values, files: list }),
  );
}

/** The manifest of a model folder: see vision/manifest.ts. */
export const MANIFEST_FILE = 'manifest.json';
const MAX_MANIFEST_BYTES = 1_000_000;

/** Whether it is of schema 2; it need not be in order. */
async function namesSeveralGraphs(file: string): Promise<boolean> {
  if ((await stat(file)).size > MAX_MANIFEST_BYTES) return false;
  try {
    const { schema } = v.parse(v.object({ schema: v.number() }), JSON.parse(await readFile(file, 'utf8')));
    return schema === 2;
  } catch {
    return false;
  }
}

/** Whether a JSON file is a TensorFlow.js model, by the keys that it begins with. */
async function isTfjsModel(file: string): Promise<boolean> {
  const handle = await open(file);
  const head = Buffer.alloc(65_536);
  const { bytesRead } = await handle.read(head).finally(() => handle.close());
  const text = head.toString('utf8', 0, bytesRead);
  return (
    /^\s*\uFEFF?\s*\{/.test(text) &&
    /"(modelTopology|weightsManifest)"\s*:|"format"\s*:\s*"(graph|layers)-model"/.test(text)
  );
}

/** Paths with "/", relative to `dir`, the shallowest first; without those that systems put there. */
async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !file.split('/').some((part) => part.startsWith('.') || part === '__MACOSX'))
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}
