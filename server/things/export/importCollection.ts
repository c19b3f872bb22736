import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import * as v from 'valibot';
import { CodedError, messageOf } from '../../../protocol/errors.ts';
import { aboutThings } from '../../../protocol/sentences/things.ts';
import type { CollectionIndex } from '../../../vision/things/collectionIndex.ts';
import {
  COLLECTION_FILE,
  ExportedCollection,
  MAX_COLLECTION_FILES,
  pictureFileOf,
  viewsFileOf,
} from '../../../vision/things/exportedCollection.ts';
import { EMBEDDING_SIZE } from '../../../vision/things/taught.ts';
import { decodeViews } from '../../../vision/things/viewBytes.ts';
import { explainUnwritable } from '../../disk/atomic.ts';
import { openWorkspace } from '../../disk/workspaces.ts';
import { ImportError } from '../../import/importError.ts';
import { writeUpload } from '../../import/service/upload.ts';
import { unzip } from '../../import/sources/zip.ts';
import { decodeCost } from '../../inference/decodeCost/decodeCost.ts';
import type { Collection } from '../collection.ts';
import type { ImportedSample, ThingsStore } from '../thingsStore.ts';

/** Of 10,000 samples it has 1.5 MB. */
const MAX_INDEX_BYTES = 16e6;
/** Of a sample: larger pictures are made smaller before they are kept. */
const MAX_PICTURE_BYTES = 2e6;
const MAX_PICTURE_PIXELS = 16e6;
/** Views of a sample at most. */
const MAX_VIEWS = 64;

export interface ImportCollectionOptions {
  readonly store: Pick<ThingsStore, 'importCollection'>;
  /** Where files lie until they are checked: the models' folder. */
  readonly modelsDir: string;
  /** Of the zip, and of all that is in it. */
  readonly maxBytes: number;
}

/** What the person wants it to be, where that is not what the zip says. */
export interface WantedName {
  readonly id?: string | undefined;
  readonly visibility?: CollectionIndex['visibility'] | undefined;
}

/**
 * Makes a collection of the zip that `collectionZip` wrote, here or elsewhere: a stranger's file. All of it, or nothing.
 * @throws CodedError `bad_request` for what is no such zip, `model_too_large`, `undecodable` for a picture; see ThingsStore.create
 */
export async function importCollection(
  body: Readable,
  wanted: WantedName,
  { store, modelsDir, maxBytes }: ImportCollectionOptions,
  signal: AbortSignal,
): Promise<Collection> {
  const workspace = await openWorkspace(modelsDir);
  try {
    const file = path.join(workspace.dir, 'collection.zip');
    await writeUpload(body, file, maxBytes, signal, () => {});
    const dir = path.join(workspace.dir, 'files');
    await mkdir(dir);
    await unzip(file, dir, { maxBytes, maxFiles: MAX_COLLECTION_FILES, signal });
    const { id, visibility, embedder, things } = await readIndex(path.join(dir, COLLECTION_FILE));
    return await store.importCollection(
      { id: wanted.id ?? id, visibility: wanted.visibility ?? visibility, embedder },
      samplesIn(dir, { things, embedder }, signal),
    );
  } catch (error) {
    throw asCoded(error);
  } finally {
    await workspace.close();
  }
}

async function readIndex(file: string): Promise<ExportedCollection> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new CodedError('bad_request', aboutThings('no_exported_collection'), { cause });
  });
  try {
    if (found.size > MAX_INDEX_BYTES) throw new Error(`more than ${MAX_INDEX_BYTES} bytes`);
    return v.parse(ExportedCollection, JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const why = messageOf(cause).slice(0, 200);
    throw new CodedError('bad_request', aboutThings('exported_broken', { file: COLLECTION_FILE, why }), {
      cause,
    });
  }
}

async function* samplesIn(
  dir: string,
  { things, embedder }: { things: ExportedCollection['things']; embedder: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<ImportedSample> {
  for (const { name, isNothing, samples } of things) {
    for (const { id, takenAtMs, box, version, size } of samples) {
      signal.throwIfAborted();
      const jpeg = await readChecked(dir, pictureFileOf(id), MAX_PICTURE_BYTES, checkedPicture);
      const numbers = size ?? EMBEDDING_SIZE;
      if (embedder === undefined && numbers !== EMBEDDING_SIZE) throw brokenSize(id);
      const views = await readChecked(dir, viewsFileOf(id), MAX_VIEWS * 2 * numbers, (bytes) =>
        checkedViews(bytes, numbers),
      );
      const shows = isNothing ? ({ nothing: true } as const) : { name };
      yield { shows, sample: { takenAtMs, box, version, embedder, jpeg, views } };
    }
  }
}

const brokenSize = (sample: string) =>
  new CodedError(
    'bad_request',
    aboutThings('exported_broken', { file: viewsFileOf(sample), why: `${EMBEDDING_SIZE} numbers expected` }),
  );

async function readChecked<T>(
  dir: string,
  name: string,
  maxBytes: number,
  check: (bytes: Buffer) => T,
): Promise<T> {
  try {
    const file = path.join(dir, name);
    const { size } = await stat(file);
    if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    return check(await readFile(file));
  } catch (cause) {
    const why = isMissing(cause) ? 'it is missing' : messageOf(cause);
    throw new CodedError('bad_request', aboutThings('exported_broken', { file: name, why }), { cause });
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** By its headers: nothing of it is decoded in this process. @throws Error */
function checkedPicture(bytes: Buffer): Buffer {
  const { pixels, ms, what } = decodeCost(bytes, 'jpeg');
  if (pixels > 0 && pixels <= MAX_PICTURE_PIXELS && Number.isFinite(ms)) return bytes;
  throw new Error(`no JPEG picture of at most ${MAX_PICTURE_PIXELS} pixels (${what})`);
}

/** @throws Error */
function checkedViews(bytes: Buffer, size: number): readonly Float32Array[] {
  const views = decodeViews(bytes, size);
  // One number that is none would spoil all that is learned.
  if (views.every((view) => view.every(Number.isFinite))) return views;
  throw new Error('a number in it is none');
}

/** What the disk or the reader of zips says, with a code of the API. */
function asCoded(error: unknown): unknown {
  const isOfZip = error instanceof ImportError;
  const ofDisk = explainUnwritable(isOfZip ? error.cause : error, 'the folder of the models');
  if (ofDisk instanceof CodedError || !isOfZip) return ofDisk;
  const code = error.code === 'too_large' ? 'model_too_large' : 'bad_request';
  return new CodedError(code, error.text, { cause: error });
}
