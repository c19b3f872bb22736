import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { ImportError } from '../importError.ts';
import type { ModelProto, TensorProto } from './onnxFile.ts';
import { onnx } from './onnxProto/onnx.js';
import { MAX_BYTES, tensorBytes, tooLarge } from './tensorSize.ts';
import { tensorsOf } from './tensorsOf.ts';

const { DataLocation } = onnx.TensorProto;

/** @throws ImportError for a place that no release of ONNX has; a reader could take it for either of the two */
export function isExternal({ dataLocation, name }: TensorProto): boolean {
  const place = dataLocation ?? DataLocation.DEFAULT;
  if (place !== DataLocation.DEFAULT && place !== DataLocation.EXTERNAL) {
    throw new ImportError('malformed_source', aboutGraph('values_elsewhere', { name: name ?? '', place }));
  }
  return place === DataLocation.EXTERNAL;
}

/**
 * Reads the weights that a model keeps in files next to it, whatever they are called, into the model itself. Of each file
 * only what the tensors name is read.
 *
 * @param dir the folder that the model came in; nothing outside of it is read
 * @param base the model's folder, relative to `dir`
 * @returns whether a runtime that opens the model's file finds all of them too
 * @throws ImportError `malformed_source`, with the names of all files that are missing; `too_large`
 */
export async function inlineExternalData(model: ModelProto, dir: string, base: string): Promise<boolean> {
  const tensors = [...tensorsOf(model)].filter(isExternal).map((tensor) => ({ tensor, ...placeOf(tensor) }));
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > MAX_BYTES) throw tooLarge('Its weights are larger in total');
  const root = await realpath(dir);
  const files = new Map<string, ExternalFile | undefined>();
  for (const { location } of tensors) {
    if (!files.has(location)) files.set(location, await findExternalFile(root, base, location));
  }
  const missing = [...files].filter(([, file]) => file === undefined).map(([location]) => location);
  if (missing.length > 0) {
    const list = missing.slice(0, 10).map((location) => `"${location}"`);
    if (missing.length > 10) list.push(`and ${missing.length - 10} more`);
    const those = missing.length === 1 ? 'that file is' : 'those files are';
    throw new ImportError(
      'malformed_source',
      `The model keeps weights in ${list.join(', ')}, and ${those} missing. Put all files next to the model, and give the folder, a zip of it, or all files together.`,
    );
  }
  for (const { tensor, location, offset, bytes } of tensors) {
    const file = files.get(location);
    if (file === undefined) continue;
    if (offset + bytes > file.size) {
      throw new ImportError(
        'malformed_source',
        aboutGraph('weights_short', {
          name: tensor.name ?? '',
          from: offset,
          to: offset + bytes,
          file: location,
          size: file.size,
        }),
      );
    }
    tensor.rawData = await readPart(file.path, offset, bytes);
    // As if it had been so from the start, to the byte.
    delete tensor.externalData;
    delete tensor.dataLocation;
  }
  return [...files.values()].every((file) => file?.isWhereNamed);
}

interface Place {
  location: string;
  offset: number;
  bytes: number;
}

function placeOf(tensor: TensorProto): Place {
  const entries = new Map<string, string>();
  for (const { key, value } of tensor.externalData ?? []) {
    if (key && entries.has(key)) {
      throw new ImportError('malformed_source', aboutGraph('place_twice', { name: tensor.name ?? '' }));
    }
    entries.set(key ?? '', value ?? '');
  }
  const bytes = tensorBytes(tensor);
  const location = entries.get('location') ?? '';
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? bytes);
  if (!Number.isSafeInteger(offset) || offset < 0 || length !== bytes) {
    throw new ImportError(
      'malformed_source',
      aboutGraph('weights_mismatch', { name: tensor.name ?? '', bytes, length, file: location, offset }),
    );
  }
  return { location, offset, bytes };
}

interface ExternalFile {
  path: string;
  /** Bytes. */
  size: number;
  /** Whether it lies where the model says, in the model's folder or below. */
  isWhereNamed: boolean;
}

/**
 * A file next to the model; undefined where there is none. What a stranger's file names must not be a way to any other
 * file of this machine.
 */
async function findExternalFile(
  root: string,
  base: string,
  location: string,
): Promise<ExternalFile | undefined> {
  const refused = (why: string): ImportError =>
    new ImportError('malformed_source', `The model keeps weights in "${location}", ${why}.`);
  // "*/" is how the runtime marks addresses of its own memory.
  if (location === '' || location.startsWith('*/') || isAbsolute(location)) {
    throw refused('which is not a path next to it');
  }
  const isWithin = (file: string, folder: string) => file.startsWith(folder + path.sep);
  // Windows writes "\" between folders.
  const named = location.replaceAll('\\', '/');
  const folder = path.resolve(root, base);
  const wanted = path.resolve(folder, named);
  if (!isWithin(wanted, root)) throw refused('which is outside of its folder');
  // Files that were chosen one by one have lost their folders.
  for (const candidate of new Set([wanted, path.join(folder, path.posix.basename(named))])) {
    const file = await realpath(candidate).catch(() => undefined);
    if (file === undefined) continue;
    if (!isWithin(file, root)) throw refused('which leads out of its folder');
    const found = await stat(file);
    if (!found.isFile()) throw refused('which is not a file');
    const isPlain = location === path.posix.normalize(named);
    const isWhereNamed = candidate === wanted && isPlain && isWithin(wanted, folder);
    return { path: file, size: found.size, isWhereNamed };
  }
  return undefined;
}

const isAbsolute = (location: string) => path.posix.isAbsolute(location) || path.win32.isAbsolute(location);

async function readPart(file: string, offset: number, bytes: number): Promise<Uint8Array> {
  const part = Buffer.allocUnsafeSlow(bytes);
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await handle.read(part, at, bytes - at, offset + at);
      if (bytesRead === 0)
        throw new ImportError(
          'malformed_source',
          aboutGraph('became_shorter', { file: path.basename(file) }),
        );
      at += bytesRead;
    }
  } finally {
    await handle?.close();
  }
  return part;
}
