import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import {
  type CollectionDetails,
  type CollectionInfo,
  type ExportKind,
  withoutSecret,
} from '../../protocol/things.ts';
import type { Store } from '../browser/store.ts';
import { problemOf } from '../models/problem.ts';
import { isHere } from './collection.ts';
import { freeIdOf } from './collectionName.ts';
import type { ServerThings } from './collectionOnServer.ts';
import { forgetLink, rememberLink } from './knownLinks.ts';
import type { HereThings } from './thingsHere.ts';
import { infoOf, type Moving, type ThingsState } from './thingsState.ts';

/** Where a new collection is kept, and who sees it. */
export type Keeping = CollectionInfo['visibility'] | 'here';

export interface CollectionCommandsOptions {
  store: Store<ThingsState, Partial<ThingsState>>;
  server: ServerThings;
  here: HereThings;
  /** Does one thing after the other; what fails becomes the problem of the state. */
  inTurn(work: () => Promise<void>): Promise<void>;
  /** Uses one that is new, or back. */
  enter(made: CollectionInfo): Promise<void>;
}

/** What a person called the collection. */
export const nameOfCollection = (id: string): string => withoutSecret(id.replace(/^@/, ''));

/** What is done with whole collections; none of the commands rejects. */
export class CollectionCommands {
  readonly #options: CollectionCommandsOptions;
  /** Of the file that is on its way. */
  #moving: AbortController | undefined;

  constructor(options: CollectionCommandsOptions) {
    this.#options = options;
  }

  /** What embeds the things of a collection of a server. */
  get embedders(): ServerThings['embedders'] {
    return this.#options.server.embedders;
  }

  /** Makes an empty collection, and uses it. */
  create(name: string, keeping: Keeping): Promise<void> {
    const { inTurn, enter } = this.#options;
    return inTurn(async () => enter(await this.#make(name, keeping)));
  }

  /**
   * Removes the one in use, and uses another. One of this browser can come back (`restore`); one of a server is gone for good, for
   * everyone.
   */
  remove(): Promise<void> {
    const { store, server, here, inTurn, enter } = this.#options;
    // The one that was asked about: another may be in use when it is this one's turn.
    const { chosen } = store.getState();
    return inTurn(async () => {
      const { chosen: inUse, collections = [], mayChange } = store.getState();
      const removed = collections.find(({ id }) => id === chosen);
      const [other] = collections.filter(({ id }) => id !== chosen);
      // First: what labels the picture would be gone otherwise.
      if (inUse === chosen)
        await enter(other ?? (await this.#make('my-things', mayChange ? 'everyone' : 'here')));
      try {
        await (isHere(chosen) ? here.setRemoved(chosen, true) : server.remove(chosen));
      } catch (error) {
        if (removed && inUse === chosen) await enter(removed);
        throw error;
      }
      forgetLink(chosen);
      const { collections: now = [] } = store.getState();
      store.dispatch({
        collections: now.filter(({ id }) => id !== chosen),
        removed: isHere(chosen)
          ? { what: 'collection', name: nameOfCollection(chosen), id: chosen }
          : undefined,
      });
    });
  }

  /** Brings one of this browser back that was removed since the page was opened. */
  restore(id: string): Promise<void> {
    const { store, here, inTurn, enter } = this.#options;
    return inTurn(async () => {
      if (!(await here.setRemoved(id, false))) {
        throw new CodedError('unknown_collection', aboutThings('no_collection', { id }));
      }
      store.dispatch({ removed: undefined });
      await enter(infoOf(await here.collection(id).details()));
    });
  }

  /** The one in use as a file. @returns undefined where it did not work, or was cancelled */
  async exported(as: ExportKind): Promise<File | undefined> {
    const { store, server, here } = this.#options;
    const { chosen } = store.getState();
    let file: File | undefined;
    await this.#move({ what: 'export', as }, async (report, signal) => {
      if (!isHere(chosen)) file = await server.exported(chosen, as, (bytes) => report({ bytes }), signal);
      // Only a server makes models.
      else if (as !== 'onnx') file = await here.exported(chosen, as, (share) => report({ share }), signal);
    });
    return file;
  }

  /** Makes a collection of an exported one, called as the file is, and uses it. @param keeping undefined: as it was, on the server */
  import(file: File, keeping?: 'here'): Promise<void> {
    const { server, here } = this.#options;
    return this.#move({ what: 'import' }, async (report, signal) => {
      const id = this.#freeId(file.name.replace(/( ?\(\d+\))?\.zip$/i, ''), keeping === 'here');
      if (keeping === 'here') {
        await this.#arrived(await here.imported(file, id, (share) => report({ share }), signal));
      } else {
        await this.#arrived(infoOf(await server.imported(file, { name: id }, signal)));
      }
    });
  }

  /** Moves the one in use, which is of this browser, to the server. It leaves this browser once the server has all of it; what was changed meanwhile stays here. */
  share(visibility: CollectionInfo['visibility']): Promise<void> {
    const { store, server, here } = this.#options;
    const { chosen } = store.getState();
    return this.#move({ what: 'share' }, async (report, signal) => {
      const { revision } = await here.collection(chosen).details();
      const file = await here.exported(chosen, 'collection', (share) => report({ share }), signal);
      report({ share: undefined });
      const name = this.#freeId(nameOfCollection(chosen), false);
      const shared: CollectionDetails = await server.imported(file, { name, visibility }, signal);
      await this.#arrived(infoOf(shared));
      // What was taught meanwhile, here or in another tab, the server does not have.
      if (!(await here.setRemoved(chosen, true, { revision })))
        throw new CodedError('conflict', aboutThings('changed_while_sent'));
      const { collections = [] } = store.getState();
      store.dispatch({ collections: collections.filter(({ id }) => id !== chosen) });
    });
  }

  /** Ends the export, import or move that is under way. Idempotent. */
  cancel(): void {
    this.#moving?.abort();
  }

  #freeId(name: string, inBrowser: boolean): string {
    return freeIdOf(name, this.#options.store.getState().collections ?? [], inBrowser);
  }

  async #make(name: string, keeping: Keeping): Promise<CollectionInfo> {
    const { server, here } = this.#options;
    const id = this.#freeId(name, keeping === 'here');
    const made = keeping === 'here' ? await here.create(id) : await server.create(id, keeping);
    if (keeping === 'link') rememberLink(made.id);
    return made;
  }

  async #arrived(made: CollectionInfo): Promise<void> {
    if (made.visibility === 'link' && !isHere(made.id)) rememberLink(made.id);
    await this.#options.inTurn(() => this.#options.enter(made));
  }

  /** One file at a time; teaching goes on meanwhile. */
  async #move(
    moving: Pick<Moving, 'what' | 'as'>,
    work: (report: (progress: Partial<Moving>) => void, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { store } = this.#options;
    if (this.#moving) return;
    const own = new AbortController();
    this.#moving = own;
    store.dispatch({
      moving: { bytes: undefined, share: undefined, ...moving },
      moved: undefined,
      problem: undefined,
    });
    try {
      await work((progress) => {
        const { moving: now } = store.getState();
        if (now) store.dispatch({ moving: { ...now, ...progress } });
      }, own.signal);
      if (!own.signal.aborted) store.dispatch({ moved: moving.what });
    } catch (error) {
      if (!own.signal.aborted) store.dispatch({ problem: problemOf(error) });
    } finally {
      this.#moving = undefined;
      store.dispatch({ moving: undefined });
    }
  }
}
