import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { storageName } from '../browser/storageName.ts';
import { type HistoryEntry, type StoredEntry, surplus } from './historyEntry.ts';

interface Schema extends DBSchema {
  entries: { key: number; value: HistoryEntry & { id?: number } };
}

const DATABASE = 'livelens-history';

/** The entries on the disk of this browser. Each call throws where the browser has no database, or it is full. */
export class HistoryDatabase {
  #database: Promise<IDBPDatabase<Schema>> | undefined;

  /** All of them, the newest first. */
  async list(): Promise<StoredEntry[]> {
    const database = await this.#open();
    const keys = await database.getAllKeys('entries');
    const values = await database.getAll('entries');
    return values
      .flatMap((value, index): StoredEntry[] => {
        const id = keys[index];
        return id === undefined ? [] : [{ ...value, id }];
      })
      .sort((a, b) => b.atMs - a.atMs || b.id - a.id);
  }

  /** Adds one, and takes away what is too old or too many. */
  async add(entry: HistoryEntry): Promise<void> {
    const database = await this.#open();
    await database.add('entries', entry);
    await this.prune(entry.atMs);
  }

  /** Takes away what is too old or too many. */
  async prune(nowMs: number): Promise<void> {
    for (const id of surplus(await this.list(), nowMs)) await this.remove(id);
  }

  async remove(id: number): Promise<void> {
    await (await this.#open()).delete('entries', id);
  }

  async clear(): Promise<void> {
    await (await this.#open()).clear('entries');
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>(storageName(DATABASE), 1, {
      upgrade(database) {
        database.createObjectStore('entries', { keyPath: 'id', autoIncrement: true });
      },
    });
    // A browser that refused may allow it the next time.
    this.#database.catch(() => {
      this.#database = undefined;
    });
    return this.#database;
  }
}
