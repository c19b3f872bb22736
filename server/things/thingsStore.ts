import { randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import {
  CollectionId,
  type CollectionInfo,
  SECRET_LENGTH,
  SECRET_LETTERS,
  withoutSecret,
} from '../../protocol/things.ts';
import {
  type CollectionIndex,
  newThingId,
  type Shows,
  samplesOf,
  type Things,
  withSamples,
} from '../../vision/things/collectionIndex.ts';
import { exists, explainUnwritable } from '../disk/atomic.ts';
import { isModelId } from '../library/modelId.ts';
import type { Log } from '../telemetry/log.ts';
import { loggedError } from '../telemetry/loggedText.ts';
import { type Collection, type NewSample, openCollection, sizeIn } from './collection.ts';
import { openCollectionFolder, removeLeftFolders } from './collectionFolder.ts';

/** The collections of taught things on disk; the only module that writes them. One process works on a folder at a time. */
export interface ThingsStore {
  /** Absolute path of their folder. */
  readonly dir: string;
  /** Those that everyone may see, in order of id. */
  list(): readonly CollectionInfo[];
  /** Whether there is one that can be read. */
  has(id: string): boolean;
  /** @throws CodedError `unknown_collection`, `conflict` where its index cannot be read */
  find(id: string): Collection;
  /** That collection; a new one that everyone may see where there is none. @throws see `create` */
  findOrCreate(id: string): Promise<Collection>;
  /**
   * Makes an empty one.
   * @param wanted its id; one that only its link opens gets a random end
   * @throws CodedError `bad_request` for an id that cannot be one, `conflict` where it is taken or there are too many, `not_writable`
   */
  create(wanted: WantedCollection): Promise<Collection>;
  /**
   * Makes one with these samples, which may come one by one: all of them, or nothing.
   * @throws see `create`; what `samples` throws
   */
  importCollection(
    wanted: WantedCollection,
    samples: AsyncIterable<ImportedSample> | Iterable<ImportedSample>,
  ): Promise<Collection>;
  /** @throws CodedError `unknown_collection`, `not_writable` */
  remove(id: string): Promise<void>;
  /** Called after a collection was removed. Returns its disposer. */
  onRemoved(listener: (id: string) => void): () => void;
}

export interface WantedCollection {
  readonly id: string;
  readonly visibility: CollectionIndex['visibility'];
  /** The model that embeds its things. Default: the shipped one. */
  readonly embedder?: string | undefined;
}

export interface ImportedSample {
  readonly shows: Shows;
  readonly sample: NewSample;
}

const MAX_COLLECTIONS = 200;
const MAX_ID_LENGTH = 64;

/** Below the models' folder: one volume holds all that is the person's. No model can be called so. */
export const thingsDirIn = (modelsDir: string): string => path.join(modelsDir, '.things');

/** Reads what is there, and removes what killed processes left. */
export async function openThingsStore(thingsDir: string, log: Log): Promise<ThingsStore> {
  const collections = new Map<string, Collection>();
  /** Why an index cannot be read. Nothing of such a collection is touched. */
  const broken = new Map<string, string>();
  const listeners = new Set<(id: string) => void>();
  /** An import of thousands of samples takes its time, and holds up no other. */
  const making = new Map<string, Promise<Collection>>();
  const folderOf = (id: string) => openCollectionFolder(path.join(thingsDir, id));

  await removeLeftFolders(thingsDir).catch((error: unknown) => {
    log.warn({ why: loggedError(error) }, 'what was left of taught things cannot be removed');
  });
  for (const id of await readdir(thingsDir).catch((): string[] => [])) {
    if (!isCollectionId(id)) continue;
    const folder = folderOf(id);
    try {
      const index = await folder.readIndex();
      await folder.removeUnnamed(index).catch(() => {});
      collections.set(id, openCollection({ id, folder, index, log }));
    } catch (error) {
      broken.set(id, messageOf(error));
      log.error({ why: loggedError(error) }, 'a collection of taught things cannot be read');
    }
  }

  function find(id: string): Collection {
    const found = collections.get(id);
    if (found) return found;
    const why = broken.get(id);
    if (why !== undefined) throw new CodedError('conflict', aboutThings('collection_broken', { id, why }));
    throw new CodedError('unknown_collection', aboutThings('no_collection', { id: id.slice(0, 80) }));
  }

  /** @throws CodedError where no collection can be made of that id */
  function idOf({ id: wanted, visibility }: WantedCollection): string {
    const id = visibility === 'link' ? `${wanted}-${secret()}` : wanted;
    if (!isCollectionId(id)) {
      const max = MAX_ID_LENGTH - (visibility === 'link' ? SECRET_LENGTH + 1 : 0);
      throw new CodedError('bad_request', aboutThings('bad_collection_id', { id: wanted.slice(0, 80), max }));
    }
    if (collections.has(id) || broken.has(id) || making.has(id)) {
      throw new CodedError('conflict', aboutThings('collection_exists', { id }));
    }
    if (collections.size + making.size >= MAX_COLLECTIONS) {
      throw new CodedError('conflict', aboutThings('collections_full', { max: MAX_COLLECTIONS }));
    }
    return id;
  }

  /** Writes the files of samples, and gives what the index names. */
  type Fill = (folder: ReturnType<typeof folderOf>) => Promise<Things>;

  async function make(wanted: WantedCollection, fill: Fill): Promise<Collection> {
    const id = idOf(wanted);
    const made = write(id, wanted, fill);
    making.set(id, made);
    try {
      return await made;
    } finally {
      making.delete(id);
    }
  }

  async function write(
    id: string,
    { visibility, embedder }: WantedCollection,
    fill: Fill,
  ): Promise<Collection> {
    if (await exists(path.join(thingsDir, id))) {
      throw new CodedError('conflict', aboutThings('collection_exists', { id }));
    }
    const folder = folderOf(id);
    try {
      const index: CollectionIndex = {
        ...{ schema: 1, visibility },
        ...(embedder !== undefined && { embedder }),
        things: [...(await fill(folder))],
      };
      await folder.writeIndex(index);
      const made = openCollection({ id, folder, index, log });
      collections.set(id, made);
      return made;
    } catch (error) {
      await folder.remove().catch(() => {});
      throw explainUnwritable(error, 'the folder of taught things');
    }
  }

  const create = (wanted: WantedCollection) => make(wanted, async () => []);

  return {
    dir: thingsDir,
    find,
    has: (id) => collections.has(id),
    create,
    list: () =>
      [...collections.values()]
        .filter(({ visibility }) => visibility === 'everyone')
        .map(infoOf)
        .sort((a, b) => a.id.localeCompare(b.id)),
    async findOrCreate(id) {
      // Another request makes it; whether it can, that one is told.
      for (let other = making.get(id); other; other = making.get(id)) await other.catch(() => {});
      // One that a link opened and that is gone does not come back for everyone to see.
      if (collections.has(id) || broken.has(id) || withoutSecret(id) !== id) return find(id);
      return create({ id, visibility: 'everyone' });
    },
    importCollection: (wanted, samples) =>
      make(wanted, async (folder) => {
        let things: Things = [];
        for await (const { shows, sample } of samples) {
          const { takenAtMs, box, version, embedder: _, ...files } = sample;
          const id = newThingId();
          things = withSamples(
            things,
            shows,
            [{ id, takenAtMs, box, version, ...sizeIn(files.views[0]?.length) }],
            newThingId(),
          );
          await folder.writeSample(id, files);
        }
        return things;
      }),
    async remove(id) {
      await find(id).remove();
      collections.delete(id);
      for (const listener of listeners) listener(id);
    },
    onRemoved(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Whether every system can have it as the name of a folder. */
const isCollectionId = (id: string) => v.is(CollectionId, id) && isModelId(id);

const secret = () =>
  Array.from({ length: SECRET_LENGTH }, () => SECRET_LETTERS[randomInt(SECRET_LETTERS.length)]).join('');

export const infoOf = ({ id, visibility, things }: Collection): CollectionInfo => ({
  id,
  visibility,
  things: things.filter(({ isNothing }) => !isNothing).length,
  samples: samplesOf(things).length,
});
