import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { progress } from '../../../protocol/sentences/progress.ts';
import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { pathKey } from '../../../vision/zip/safeParts.ts';
import { ImportError } from '../importError.ts';
import { FORMAT_BYTES, type ForeignFormat, foreignByName, foreignFormat } from '../onnx/foreignFormat.ts';
import { fileNames } from './companionFiles.ts';
import { externalWeights } from './externalWeights.ts';
import { assertSafePath, MAX_FILES } from './filePath.ts';
import { findModelFile } from './findModelFile.ts';
import { hintFilesOf, MAX_HINT_FILE_BYTES, maxHintBytes, stemOf } from './labelFiles.ts';
import type { ReceiveOptions } from './receiveOptions.ts';
import type { SourceFiles } from './sourceFiles.ts';
import { unzip } from './zip.ts';

/**
 * A file or folder of this machine, copied: a person may go on working on it while it is inspected.
 * @throws ImportError
 */
export async function receiveFiles(given: string, options: ReceiveOptions): Promise<SourceFiles> {
  const found = await stat(given).catch((cause) => {
    throw new ImportError('unknown_source', aboutSource('no_file', { path: given }), { cause });
  });
  const name = path.basename(path.resolve(given));
  if (found.isDirectory()) {
    await copyFolder(given, options);
    return withFolders(await describe({ description: `folder ${name}`, dir: options.dir }, name), given);
  }
  if (!found.isFile()) throw new ImportError('unknown_source', aboutSource('neither_file', { path: given }));
  assertSize(found.size, options.maxBytes, name);
  const source = await readReceived(
    given,
    name,
    options,
    path.basename(path.dirname(path.resolve(given))),
    async (target) => {
      await copyFile(given, target, constants.COPYFILE_FICLONE);
      await copyCompanions(given, target, options.maxBytes - found.size);
    },
  );
  return withFolders(source, given);
}

/** The nearest folders, up to the person's own. */
function withFolders(source: SourceFiles, given: string): SourceFiles {
  const folders: string[] = [];
  let dir = path.dirname(path.resolve(given));
  while (folders.length < 3 && dir !== homedir() && dir !== path.dirname(dir)) {
    folders.push(path.basename(dir));
    dir = path.dirname(dir);
  }
  return { ...source, hints: { ...source.hints, folders } };
}

/**
 * A file that lies at `file` already, by whatever way it came; it is moved.
 * @param name as it was called where it comes from
 * @param place what it lay in there
 */
export async function readReceivedFile(
  file: string,
  name: string,
  options: ReceiveOptions,
  place = '',
): Promise<SourceFiles> {
  const source = await readReceived(file, name, options, place, (target) => rename(file, target));
  // Of a zip there is twice as much now.
  await rm(file, { force: true });
  return source;
}

async function readReceived(
  file: string,
  name: string,
  { dir, maxBytes, signal, onProgress }: ReceiveOptions,
  place: string,
  placeAt: (target: string) => Promise<void>,
): Promise<SourceFiles> {
  const kind = await kindOf(file, name);
  const integrity = await integrityOf(file);
  const stem = stemOf(name);
  if (kind === 'zip') {
    onProgress?.(progress('unpacks', { file: name }));
    const files = await unzip(file, dir, { maxBytes, signal });
    const inside = files.some((entry) => /(^|\/)data\.pkl$/.test(entry))
      ? foreignByName('model.pt')
      : files.includes('model.weights.h5')
        ? foreignByName('model.keras')
        : undefined;
    if (inside) throw foreignFile(name, inside);
    return describe({ description: `zip ${name}`, dir, hints: { integrity } }, stem);
  }
  const entry = safeName(name, kind === 'onnx' ? '.onnx' : `.${kind}`);
  await placeAt(path.join(dir, entry));
  return withName({ description: `file ${name}`, dir, entry, hints: { integrity } }, place);
}

/** A name that any system takes, as near as can be to what it was called. */
function safeName(name: string, extension: string): string {
  const own = name.toLowerCase().endsWith(extension) ? name : `${name}${extension}`;
  try {
    assertSafePath(own);
    return own;
  } catch {
    return `model${extension}`;
  }
}

/** A file that is called "model" is known by where it lies; another one by its own name. */
function withName(source: SourceFiles, place: string): SourceFiles {
  const isGeneric = /^(model|graph|network|export|download)([._ (-].*)?$/i.test(
    path.basename(source.entry ?? ''),
  );
  return isGeneric && place !== '' ? { ...source, hints: { ...source.hints, name: place } } : source;
}

/** Finds the file that is the model, and copies to it the hint files of the folders above it. */
async function describe(source: SourceFiles, place: string): Promise<SourceFiles> {
  const entry = await findModelFile(source.dir, source.description);
  await copyHintsFromParents(source.dir, entry);
  return withName({ ...source, entry }, place);
}

/** Repositories have the graph in a folder of its own, and what describes it at their top. What lies next to it goes first. */
async function copyHintsFromParents(dir: string, entry: string): Promise<void> {
  const folder = path.join(dir, path.dirname(entry));
  for (let above = folder; above !== dir; ) {
    above = path.dirname(above);
    const there = new Set((await readdir(folder)).map(pathKey));
    for (const name of hintFilesOf(await fileNames(above), path.basename(entry))) {
      const from = path.join(above, name);
      if (there.has(pathKey(name)) || (await stat(from)).size > maxHintBytes(name)) continue;
      await copyFile(from, path.join(folder, name));
    }
  }
}

/** What belongs to a single file: weights that stand next to it, labels, goldens. */
async function copyCompanions(given: string, target: string, maxBytes: number): Promise<void> {
  const folder = path.dirname(given);
  const name = path.basename(given);
  const weights = await weightsOf(given);
  const names = await readdir(folder);
  const hintFileNames = new Set(hintFilesOf(names, name));
  let left = maxBytes;
  const copy = async (relative: string, maxFileBytes = left) => {
    const from = path.join(folder, relative);
    const found = await stat(from).catch(() => undefined);
    if (!found?.isFile() || found.size > maxFileBytes) return;
    left -= found.size;
    assertSize(found.size, left + found.size, relative);
    const to = path.join(path.dirname(target), relative);
    await mkdir(path.dirname(to), { recursive: true });
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  };
  for (const file of names) {
    if (file !== name && !weights.includes(file) && hintFileNames.has(file))
      await copy(file, maxHintBytes(file));
  }
  for (const file of weights) await copy(file, Number.POSITIVE_INFINITY);
  const goldens = await readdir(path.join(folder, 'goldens')).catch((): string[] => []);
  for (const file of goldens.filter((golden) => /\.(png|json)$/.test(golden)).slice(0, 200)) {
    await copy(path.join('goldens', file), MAX_HINT_FILE_BYTES);
  }
}

const WeightsManifest = v.object({
  weightsManifest: v.array(v.object({ paths: v.array(v.string()) })),
});

/** The files that an ONNX file or a TensorFlow.js model.json names, with "/", relative to its folder. */
export async function weightsOf(file: string): Promise<string[]> {
  if (/\.tflite$/i.test(file)) return [];
  if (!file.endsWith('.json')) return externalWeights(file);
  if ((await stat(file)).size > 100e6) return [];
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return [];
  }
  const parsed = v.safeParse(WeightsManifest, json);
  const paths = parsed.success ? parsed.output.weightsManifest.flatMap(({ paths }) => paths) : [];
  for (const name of paths) assertSafePath(name);
  if (paths.length > MAX_FILES)
    throw new ImportError('too_large', aboutSource('names_too_many', { file, count: paths.length }));
  return paths;
}

async function copyFolder(given: string, { dir, maxBytes, signal }: ReceiveOptions): Promise<void> {
  const root = await realpath(given);
  let bytes = 0;
  let files = 0;
  const copy = async (relative: string, depth: number): Promise<void> => {
    for (const name of await readdir(path.join(root, relative))) {
      signal?.throwIfAborted();
      // Folders of version control and of caches, at times large.
      if (name.startsWith('.')) continue;
      const from = path.join(root, relative, name);
      const found = await lstat(from);
      if (found.isDirectory() && depth < 8) {
        await mkdir(path.join(dir, relative, name));
        await copy(path.join(relative, name), depth + 1);
        continue;
      }
      if (found.isSymbolicLink() && !(await realpath(from).catch(() => '')).startsWith(root + path.sep)) {
        throw new ImportError('unknown_source', aboutSource('link_out', { path: from }));
      }
      const file = await stat(from);
      if (!file.isFile()) continue;
      bytes += file.size;
      files += 1;
      assertSize(bytes, maxBytes, given);
      if (files > MAX_FILES) {
        throw new ImportError('too_large', aboutSource('too_many_files', { path: given, max: MAX_FILES }));
      }
      await copyFile(from, path.join(dir, relative, name), constants.COPYFILE_FICLONE);
    }
  };
  await copy('', 0);
}

function assertSize(bytes: number, maxBytes: number, name: string): void {
  if (bytes <= maxBytes) return;
  throw new ImportError(
    'too_large',
    aboutSource('file_too_large', { name, size: formatBytes(bytes), max: formatBytes(maxBytes) }),
  );
}

/** By the first bytes; names lie. */
async function kindOf(file: string, name: string): Promise<'zip' | 'json' | 'tflite' | 'onnx'> {
  const handle = await open(file);
  const head = Buffer.alloc(FORMAT_BYTES);
  const { bytesRead } = await handle.read(head).finally(() => handle.close());
  const text = head.toString('latin1', 0, bytesRead);
  if (bytesRead === 0) throw new ImportError('malformed_source', aboutSource('file_empty', { name }));
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06')) return 'zip';
  // A FlatBuffer: an offset, then its kind.
  if (text.startsWith('TFL3', 4)) return 'tflite';
  const foreign = foreignFormat(head.subarray(0, bytesRead)) ?? foreignByName(name);
  if (foreign) throw foreignFile(name, foreign);
  return /^\s*\{/.test(text) ? 'json' : 'onnx';
}

const foreignFile = (name: string, { what, instead }: ForeignFormat): ImportError =>
  new ImportError('malformed_source', aboutSource('foreign_file', { name, format: what, advice: instead }));

export async function integrityOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return `sha256-${hash.digest('base64')}`;
}
