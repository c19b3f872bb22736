import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { storageName } from '../browser/storageName.ts';
import { type HistoryEntry, type StoredEntry, surplus } from './historyEntry.ts';

interface Schema extends DBSchema {
  entries: { key: number; value: NewEntry };
}
/** The database gives each its id, and stores it in the entry. */
type NewEntry = HistoryEntry & { readonly id?: number };
const isStored = (entry: NewEntry): entry is StoredEntry => entry.id !== undefined;

const DATABASE = 'livelens-history';

/** The entries on the disk of this browser. Each call throws where the browser has no database, or it is full. */
export class HistoryDatabase {
  #database: Promise<IDBPDatabase<Schema>> | undefined;

  /** All of them, the newest first. */
  async list(): Promise<StoredEntry[]> {
    const values = await (await this.#open()).getAll('entries');
    return values.filter(isStored).sort((a, b) => b.atMs - a.atMs || b.id - a.id);
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
