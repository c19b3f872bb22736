import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Things } from '../../vision/things/collectionIndex.ts';
import { storageName } from '../browser/storageName.ts';

/** A collection that is kept in this browser only. */
export interface HereCollection {
  /** Begins with `@`. */
  readonly id: string;
  readonly things: Things;
  /** Before the last change; absent where there is nothing to take back. */
  readonly before?: Things;
}

export interface HereSample {
  readonly id: string;
  readonly picture: Blob;
  /** Embeddings of its views, the plain one first. */
  readonly views: readonly Float32Array[];
}

interface Schema extends DBSchema {
  collections: { key: string; value: HereCollection };
  samples: { key: string; value: HereSample };
}

const DATABASE = 'livelens-things';

/** What was taught in this browser, on its disk. Each call throws where the browser has no database, or it is full. */
export class HereDatabase {
  #database: Promise<IDBPDatabase<Schema>> | undefined;

  async list(): Promise<HereCollection[]> {
    return (await this.#open()).getAll('collections');
  }

  async find(id: string): Promise<HereCollection | undefined> {
    return (await this.#open()).get('collections', id);
  }

  async samples(ids: readonly string[]): Promise<HereSample[]> {
    const database = await this.#open();
    const found = await Promise.all(ids.map((id) => database.get('samples', id)));
    return found.filter((sample) => sample !== undefined);
  }

  /**
   * Changes a collection, with a sample that is new and without those that nothing names any more: all of it, or nothing.
   * @returns what it is now
   */
  async change(
    id: string,
    change: (before: HereCollection) => HereCollection,
    added?: HereSample,
  ): Promise<HereCollection> {
    const database = await this.#open();
    const transaction = database.transaction(['collections', 'samples'], 'readwrite');
    const collections = transaction.objectStore('collections');
    const samples = transaction.objectStore('samples');
    const before = (await collections.get(id)) ?? { id, things: [] };
    const after = change(before);
    const kept = new Set(sampleIdsOf(after));
    if (added) await samples.put(added);
    for (const sampleId of sampleIdsOf(before)) if (!kept.has(sampleId)) await samples.delete(sampleId);
    await collections.put(after);
    await transaction.done;
    return after;
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>(storageName(DATABASE), 1, {
      upgrade(database) {
        database.createObjectStore('collections', { keyPath: 'id' });
        database.createObjectStore('samples', { keyPath: 'id' });
      },
    });
    // A browser that refused may allow it the next time.
    this.#database.catch(() => {
      this.#database = undefined;
    });
    return this.#database;
  }
}

/** Those of before the last change as well. */
const sampleIdsOf = ({ things, before = [] }: HereCollection): string[] =>
  [...things, ...before].flatMap(({ samples }) => samples.map(({ id }) => id));
