import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import type { Things } from '../../vision/things/collectionIndex.ts';
import { storageName } from '../browser/storageName.ts';

/** A collection that is kept in this browser only. */
export interface HereCollection {
  /** Begins with `@`. */
  readonly id: string;
  readonly things: Things;
  /** Before the last change; absent where there is nothing to take back. */
  readonly before?: Things;
  /** Names the last change. */
  readonly revision?: string;
  /** It is removed, and can come back until the page is opened again. */
  readonly isRemoved?: boolean;
}

/** The last change of a collection; of one that was never changed there is no name. */
export type LastChange = { readonly revision: string | undefined };

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

/** Why nothing is kept in this browser: it lets the page keep nothing, or its space is used up. */
class KeepingError extends Error {
  override readonly name = 'KeepingError';
  constructor(
    readonly code: 'no_storage' | 'quota',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What was taught in this browser, on its disk. Each call throws a KeepingError where the browser has no database, or it is full. */
export class HereDatabase {
  #database: Promise<IDBPDatabase<Schema>> | undefined;
  #isSwept = false;

  async list(): Promise<HereCollection[]> {
    const all = await (await this.#open()).getAll('collections');
    if (!this.#isSwept) {
      this.#isSwept = true;
      // Of an earlier visit: no one takes that back any more.
      for (const { id, isRemoved } of all) if (isRemoved) await this.#delete(id);
    }
    return all.filter(({ isRemoved }) => !isRemoved);
  }

  async find(id: string): Promise<HereCollection | undefined> {
    const found = await (await this.#open()).get('collections', id);
    return found?.isRemoved ? undefined : found;
  }

  /**
   * Removes a collection, or brings it back.
   * @param only only where its last change is still this one
   * @returns false where there is none, or it was changed since
   */
  async setRemoved(id: string, isRemoved: boolean, only?: LastChange): Promise<boolean> {
    const transaction = (await this.#open()).transaction('collections', 'readwrite');
    const found = await transaction.store.get(id);
    const isMeant = found !== undefined && (only === undefined || only.revision === found.revision);
    if (isMeant) await transaction.store.put({ ...found, isRemoved });
    await transaction.done;
    return isMeant;
  }

  async samples(ids: readonly string[]): Promise<HereSample[]> {
    const database = await this.#open();
    const found = await Promise.all(ids.map((id) => database.get('samples', id)));
    return found.filter((sample) => sample !== undefined);
  }

  /**
   * Changes a collection, with samples that are new and without those that nothing names any more: all of it, or nothing.
   * @param options.isNew it takes the place of one that was removed. Default: false
   * @returns what it is now
   * @throws CodedError `unknown_collection` for one that was removed, as by another tab: what it holds can still come back there
   */
  async change(
    id: string,
    change: (before: HereCollection) => HereCollection,
    added: readonly HereSample[] = [],
    { isNew = false } = {},
  ): Promise<HereCollection> {
    const database = await this.#open();
    const transaction = database.transaction(['collections', 'samples'], 'readwrite');
    const collections = transaction.objectStore('collections');
    const samples = transaction.objectStore('samples');
    const none: HereCollection = { id, things: [] };
    const stored = (await collections.get(id)) ?? none;
    if (stored.isRemoved && !isNew) {
      const name = id.replace(/^@/, '');
      throw new CodedError('unknown_collection', aboutThings('no_collection', { id: name }));
    }
    const after = change(stored.isRemoved ? none : stored);
    const kept = new Set(sampleIdsOf(after));
    const gone = sampleIdsOf(stored).filter((sampleId) => !kept.has(sampleId));
    await Promise.all([
      // One that was removed while it was embedded again is not there any more.
      ...added.filter((sample) => kept.has(sample.id)).map((sample) => samples.put(sample)),
      ...gone.map((sampleId) => samples.delete(sampleId)),
      collections.put(after),
      transaction.done,
    ]).catch((error: unknown) => {
      // Of a request that a full disk ended, the browser says only that it was ended.
      const cause: unknown = transaction.error ?? error;
      const isFull = cause instanceof Error && cause.name === 'QuotaExceededError';
      throw isFull ? new KeepingError('quota', 'This device has no space left.', { cause }) : cause;
    });
    return after;
  }

  async #delete(id: string): Promise<void> {
    const transaction = (await this.#open()).transaction(['collections', 'samples'], 'readwrite');
    const found = await transaction.objectStore('collections').get(id);
    const samples = transaction.objectStore('samples');
    await Promise.all([
      ...(found?.isRemoved ? sampleIdsOf(found).map((sampleId) => samples.delete(sampleId)) : []),
      found?.isRemoved && transaction.objectStore('collections').delete(id),
      transaction.done,
    ]);
  }

  async #open(): Promise<IDBPDatabase<Schema>> {
    try {
      return await this.#opened();
    } catch (cause) {
      // A browser that refused may allow it the next time.
      this.#database = undefined;
      throw new KeepingError('no_storage', 'This browser lets the page keep nothing.', { cause });
    }
  }

  #opened(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>(storageName(DATABASE), 1, {
      upgrade(database) {
        database.createObjectStore('collections', { keyPath: 'id' });
        database.createObjectStore('samples', { keyPath: 'id' });
      },
      // As a browser does whose data are cleared.
      terminated: () => {
        this.#database = undefined;
      },
    });
    return this.#database;
  }
}

/** Those of before the last change as well. */
const sampleIdsOf = ({ things, before = [] }: HereCollection): string[] =>
  [...things, ...before].flatMap(({ samples }) => samples.map(({ id }) => id));
