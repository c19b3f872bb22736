import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { type CollectionInfo, withoutSecret } from '../../protocol/things.ts';
import { safeParts } from '../zip/safeParts.ts';
import { type ZipEntry, zipStream } from '../zip/zipStream.ts';
import { type StoredSample, samplesOf, type Things } from './collectionIndex.ts';
import {
  COLLECTION_FILE,
  type ExportedCollection,
  pictureFileOf,
  viewsFileOf,
} from './exportedCollection.ts';
import { encodeViews } from './viewBytes.ts';

/** A collection that leaves, wherever it is kept. */
export interface Leaving extends Pick<CollectionInfo, 'id' | 'visibility'> {
  /** The model that embeds its things; undefined for the shipped one. */
  readonly embedder?: string | undefined;
  readonly things: Things;
  /** @throws CodedError `not_found` where the sample is gone */
  picture(id: string): Promise<Uint8Array<ArrayBuffer>>;
  /** @throws CodedError `not_found` where the sample is gone */
  views(id: string): Promise<readonly Float32Array[]>;
}

/**
 * All of a collection as a zip that `importCollection` takes; see ExportedCollection. What is removed while it is read is left out.
 * @throws CodedError `stale` where its samples were embedded again meanwhile; the error of the disk, or of the browser's database
 */
export const collectionZip = (collection: Leaving): AsyncGenerator<Uint8Array<ArrayBuffer>, void> =>
  zipStream(collectionEntries(collection));

async function* collectionEntries(collection: Leaving): AsyncGenerator<ZipEntry> {
  const things: ExportedCollection['things'] = [];
  const { things: before } = collection;
  for (const { name, isNothing, samples } of before) {
    const written: ExportedCollection['things'][number]['samples'] = [];
    for (const sample of samples) {
      const { id } = sample;
      const files = await unlessRemoved(async () => ({
        picture: await collection.picture(id),
        views: encodeViews(await collection.views(id)),
      }));
      if (files === undefined) continue;
      yield { path: pictureFileOf(id), content: [files.picture] };
      yield { path: viewsFileOf(id), content: [files.views] };
      written.push(sample);
    }
    if (written.length > 0) things.push({ name, isNothing, samples: written });
  }
  requireSameVersions(before, collection.things);
  // Last: it names what is there, and a zip that was cut short has none.
  const { visibility, embedder } = collection;
  const index: ExportedCollection = {
    format: 'livelens-things',
    schema: 1,
    id: withoutSecret(collection.id),
    visibility,
    ...(embedder !== undefined && { embedder }),
    things,
  };
  yield { path: COLLECTION_FILE, content: [new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`)] };
}

/** What was read of samples that were embedded again meanwhile is of two models. @throws CodedError `stale` */
export function requireSameVersions(before: Things, now: Things): void {
  const versions = new Map(samplesOf(now).map(({ id, version }) => [id, version]));
  const isSame = ({ id, version }: StoredSample) => (versions.get(id) ?? version) === version;
  if (!samplesOf(before).every(isSame)) throw new CodedError('stale', aboutThings('things_changed'));
}

/** The pictures of a collection as a zip with a folder for each thing, in the order in which they were taken. */
export const picturesZip = (collection: Leaving): AsyncGenerator<Uint8Array<ArrayBuffer>, void> =>
  zipStream(pictureEntries(collection));

async function* pictureEntries({ things, picture }: Leaving): AsyncGenerator<ZipEntry> {
  const folders = safeParts(things.map(({ name }) => name));
  for (const [at, { samples }] of things.entries()) {
    for (const [number, { id }] of samples.entries()) {
      const content = await unlessRemoved(() => picture(id));
      if (content === undefined) continue;
      yield { path: `${folders[at]}/${String(number + 1).padStart(4, '0')}.jpg`, content: [content] };
    }
  }
}

/** Undefined for a sample that someone removed in the meantime. */
async function unlessRemoved<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CodedError && error.code === 'not_found') return undefined;
    throw error;
  }
}
