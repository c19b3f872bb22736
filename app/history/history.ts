import { localEntries } from '../browser/storage.ts';
import { createStore, type Store } from '../browser/store.ts';
import { HistoryDatabase } from './historyDatabase.ts';
import type { HistoryEntry, StoredEntry } from './historyEntry.ts';
import { toThumbnail } from './toThumbnail.ts';

const PREFERENCE = 'history';

export interface HistoryState {
  /** Whether new entries are kept. */
  readonly isOn: boolean;
  /** The newest first; empty until they were read. */
  readonly entries: readonly StoredEntry[];
  /** The browser does not let the page keep anything. */
  readonly hasFailed: boolean;
}

export const INITIAL_HISTORY: HistoryState = { isOn: false, entries: [], hasFailed: false };

/**
 * What a person looked at closely, in this browser only: nothing of it is sent. Off until a person switches it on; what is
 * there stays until it is deleted, or too old.
 */
export class History {
  readonly #database = new HistoryDatabase();
  readonly store: Store<HistoryState, Partial<HistoryState>> = createStore(
    (state, change) => ({ ...state, ...change }),
    INITIAL_HISTORY,
  );

  constructor() {
    this.store.dispatch({ isOn: localEntries.read(PREFERENCE) === 'on' });
  }

  /** Keeps new entries from now on, or does not; remembers that. */
  setOn(isOn: boolean): void {
    localEntries.write(PREFERENCE, isOn ? 'on' : undefined);
    this.store.dispatch({ isOn });
  }

  /**
   * Keeps something, if the history is on. What fails is left out.
   * @param picture what it looks like, of any size
   */
  async add(entry: Omit<HistoryEntry, 'thumbnail' | 'atMs'>, picture: Blob | Promise<Blob>): Promise<void> {
    if (!this.store.getState().isOn) return;
    const atMs = Date.now();
    await this.#use(async () =>
      this.#database.add({ ...entry, atMs, thumbnail: await toThumbnail(await picture) }),
    );
  }

  /** Reads what is there, without what is too old. */
  refresh(): Promise<void> {
    return this.#use(() => this.#database.prune(Date.now()));
  }

  remove(id: number): Promise<void> {
    return this.#use(() => this.#database.remove(id));
  }

  clear(): Promise<void> {
    return this.#use(() => this.#database.clear());
  }

  async #use(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.store.dispatch({ entries: await this.#database.list(), hasFailed: false });
    } catch (error) {
      console.warn('The history could not be used.', error);
      this.store.dispatch({ hasFailed: true });
    }
  }
}
