import * as v from 'valibot';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { COLLECTION_FILE, ExportedCollection } from '../../vision/things/exportedCollection.ts';
import { type ZipFile, zipFiles } from './zipFiles.ts';

/** Of 10,000 samples it has 1.5 MB. */
const MAX_INDEX_BYTES = 16e6;

/** A collection that was exported, open for reading. */
export interface OpenedExport {
  readonly index: ExportedCollection;
  /** @throws CodedError `bad_request` where the zip has no such file, or one of more bytes */
  file(name: string, maxBytes: number): Promise<Blob>;
}

export const exportBroken = (file: string, why: string, cause?: unknown): CodedError =>
  new CodedError('bad_request', aboutThings('exported_broken', { file, why }), { cause });

/**
 * Opens the zip of a collection in this browser; what is in it beyond that is not looked at.
 * @throws CodedError `bad_request` for what is no such zip, and for things that only a server can compare
 */
export async function openExport(zip: Blob): Promise<OpenedExport> {
  const none = (cause: unknown) =>
    new CodedError('bad_request', aboutThings('no_exported_collection'), { cause });
  const files = await zipFiles(zip).catch((cause: unknown): ReadonlyMap<string, ZipFile> => {
    throw none(cause);
  });
  if (!files.has(COLLECTION_FILE)) throw none(undefined);
  const file = async (name: string, maxBytes: number) => {
    const content = files.get(name);
    if (content === undefined) throw exportBroken(name, 'it is missing');
    if (content.size > maxBytes) throw exportBroken(name, `more than ${maxBytes} bytes`);
    try {
      return await content.read();
    } catch (cause) {
      throw exportBroken(name, messageOf(cause).slice(0, 200), cause);
    }
  };
  const text = await (await file(COLLECTION_FILE, MAX_INDEX_BYTES)).text();
  let index: ExportedCollection;
  try {
    index = v.parse(ExportedCollection, JSON.parse(text));
  } catch (cause) {
    throw exportBroken(COLLECTION_FILE, messageOf(cause).slice(0, 200), cause);
  }
  const { embedder: model } = index;
  if (model !== undefined) throw new CodedError('bad_request', aboutThings('for_servers', { model }));
  return { index, file };
}
