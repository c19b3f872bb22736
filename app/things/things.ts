import { sleep } from '../../client/http/sleep.ts';
import { type CollectionDetails, type CollectionInfo, THINGS_PREFIX } from '../../protocol/things.ts';
import { inTurn } from '../browser/inTurn.ts';
import { localEntries } from '../browser/storage.ts';
import { createStore, type Store } from '../browser/store.ts';
import { type Problem, problemOf } from '../models/problem.ts';
import { addPictures } from './addPictures.ts';
import {
  type Collection,
  isHere,
  type NamedPicture,
  type SampleName,
  type TakenSample,
} from './collection.ts';
import { CollectionCommands } from './collectionCommands.ts';
import type { ServerThings } from './collectionOnServer.ts';
import { knownLinks, linkedSummary, rememberLink } from './knownLinks.ts';
import { patiently } from './patiently.ts';
import type { HereThings } from './thingsHere.ts';
import {
  DEFAULT_COLLECTION,
  INITIAL_THINGS,
  type Removed,
  type ThingsState,
  thingNamed,
} from './thingsState.ts';

/** Least time between two samples of a thing that is being turned: nearer ones show the same, ms. */
const BETWEEN_SAMPLES_MS = 350;
/** A button that is stuck does not fill a collection. */
const MAX_HELD_SAMPLES = 40;

const CHOSEN = 'things';

export interface ThingsOptions {
  server: ServerThings;
  here: HereThings;
  /** What the collection in use teaches has changed, or another one is in use. */
  onTaught(modelId: string): void;
  /** A sample was not taken, and the teaching view that would say so is closed. */
  onSampleLost(problem: Problem): void;
}

/** What the page does with taught things: commands in, state out; none of the commands rejects. */
export class Things {
  readonly store: Store<ThingsState, Partial<ThingsState>> = createStore(
    (state, change) => ({ ...state, ...change }),
    INITIAL_THINGS,
  );
  /** What is done with whole collections. */
  readonly collections: CollectionCommands;
  readonly #options: ThingsOptions;
  readonly #closing = new AbortController();
  /** The button that is held, where one is. */
  #held: { isReleased: boolean } | undefined;
  /** Changes follow one another: each answers with the whole collection. */
  readonly #inTurn = inTurn();

  constructor(options: ThingsOptions) {
    this.#options = options;
    this.collections = new CollectionCommands({
      store: this.store,
      server: options.server,
      here: options.here,
      inTurn: (work) => this.#do(work),
      enter: (made) => this.#enterNew(made),
    });
    this.store.dispatch({ chosen: localEntries.read(CHOSEN) ?? DEFAULT_COLLECTION });
  }

  /** What names the collection in use where a model is named. */
  get modelId(): string {
    return THINGS_PREFIX + this.store.getState().chosen;
  }

  /** Reads which collections there are, and what is in the one in use. */
  refresh(): Promise<void> {
    return this.#do(async () => {
      const { server, here } = this.#options;
      const { collections, mayChange } = await server.list().catch((error: unknown) => {
        // What is in this browser needs no server.
        if (isHere(this.store.getState().chosen)) return { collections: [], mayChange: false };
        throw error;
      });
      const listed = new Set(collections.map(({ id }) => id));
      const linked = await Promise.all(
        knownLinks()
          .filter((id) => !listed.has(id))
          .map((id) => linkedSummary(id, server)),
      );
      const all = [...collections, ...linked.filter((one) => one !== undefined), ...(await here.list())];
      this.store.dispatch({ collections: all, mayChange });
      const { chosen } = this.store.getState();
      if (!all.some(({ id }) => id === chosen)) this.#use(mayChange ? DEFAULT_COLLECTION : all[0]?.id);
      const isThere = all.some(({ id }) => id === this.store.getState().chosen);
      if (isThere) this.#show(await this.#collection.details());
      else this.store.dispatch({ details: undefined });
    });
  }

  /** Reads again how far the collection in use is learned again; one that cannot be read is told of elsewhere. */
  followRelearning(): Promise<void> {
    return this.#inTurn(async () => {
      const now = await this.#collection.progress().catch(() => undefined);
      const { details } = this.store.getState();
      if (now === undefined || details?.id !== now.id) return;
      // Until it ends all else stays the same object: who looks at what was taught has nothing new to ask for.
      this.#show(now.relearning ? { ...details, relearning: now.relearning } : now);
    });
  }

  /**
   * Makes sure that there is a collection to use, and opens the teaching view where nothing was taught yet.
   * @param options.teaches false where a person is only passing by, and would lose the focus. Default: true
   * @returns whether there is one
   */
  async enter({ teaches = true } = {}): Promise<boolean> {
    await this.refresh();
    const { chosen, details, mayChange, problem } = this.store.getState();
    if (details === undefined && problem === undefined) {
      await this.collections.create(chosen, mayChange ? 'everyone' : 'here');
    }
    const { details: now } = this.store.getState();
    if (teaches && now?.mayChange && now.things.length === 0) this.teach();
    return now !== undefined;
  }

  /** Uses another collection from now on, and remembers that. One that cannot be read is not used. */
  choose(id: string): Promise<void> {
    const { chosen: before, details } = this.store.getState();
    this.#use(id);
    this.store.dispatch({ removed: undefined });
    return this.#do(async () => {
      try {
        this.#show(await this.#collection.details());
      } catch (error) {
        if (this.store.getState().chosen === id) this.#use(before, details);
        throw error;
      }
      this.#options.onTaught(this.modelId);
    });
  }

  /** Uses a collection that only its link opens; `link` is its id. */
  openLink(link: string): Promise<void> {
    rememberLink(link);
    return this.choose(link);
  }

  /** Opens the teaching view. */
  teach({ name = '', isNothing = false, wrong }: Partial<SampleName> & { wrong?: string | undefined } = {}) {
    this.store.dispatch({
      teaching: { name, isNothing, wrong, isTaking: false, taken: undefined, problem: undefined },
    });
  }

  stopTeaching(): void {
    this.release();
    this.store.dispatch({ teaching: undefined });
  }

  /** What the next samples show. */
  setName(change: Partial<SampleName>): void {
    const { teaching } = this.store.getState();
    if (teaching === undefined) return;
    this.store.dispatch({ teaching: { ...teaching, ...change, taken: undefined, problem: undefined } });
  }

  /** Takes a sample of what is being taught, and goes on until `release`. */
  async hold(take: () => Promise<TakenSample>): Promise<void> {
    if (this.#held || this.store.getState().teaching?.isTaking) return;
    const held = { isReleased: false };
    this.#held = held;
    for (let taken = 0; taken < MAX_HELD_SAMPLES && !held.isReleased; taken++) {
      if (!(await this.#take(take)) || held.isReleased) break;
      await sleep(BETWEEN_SAMPLES_MS, [this.#closing.signal]).catch(() => this.release());
    }
    if (this.#held === held) this.#held = undefined;
  }

  /** No more samples than the one that is being taken. */
  release(): void {
    if (this.#held) this.#held.isReleased = true;
    this.#held = undefined;
  }

  /** @param name that of another thing: both become one */
  rename(thingId: string, name: string): Promise<void> {
    const { details } = this.store.getState();
    const other = thingNamed(details, name);
    const merged = other !== undefined && other.id !== thingId;
    return this.#change(
      (collection) => collection.rename(thingId, name.trim()),
      merged ? { what: 'merged', name: other.name } : undefined,
    );
  }

  removeThing(thingId: string): Promise<void> {
    const name = this.#nameOf(thingId);
    return this.#change((collection) => collection.removeThing(thingId), { what: 'thing', name });
  }

  removeSample(thingId: string, sampleId: string): Promise<void> {
    const name = this.#nameOf(thingId);
    return this.#change((collection) => collection.removeSample(sampleId), { what: 'sample', name });
  }

  /** Takes back what was taken away, unless the collection was changed since. */
  undo(): Promise<void> {
    const { removed } = this.store.getState();
    if (removed === undefined) return Promise.resolve();
    if (removed.what === 'collection') return this.collections.restore(removed.id);
    return this.#change(async (collection) => {
      try {
        return await collection.undo(removed.revision);
      } catch (error) {
        if (problemOf(error).code === 'conflict') {
          this.store.dispatch({ removed: undefined });
          this.#show(await collection.details());
        }
        throw error;
      }
    }, undefined);
  }

  /** What was taken away is no longer offered, nor what was moved told. */
  forgetDone(): void {
    this.store.dispatch({ removed: undefined, moved: undefined });
  }

  /** Adds pictures one after the other. One that is refused is named, and the others are added. */
  addPictures(pictures: readonly NamedPicture[]): Promise<void> {
    const collection = this.#collection;
    return this.#do(async () => {
      // What was taken away before can be taken back no more: the last change is another one.
      this.store.dispatch({ removed: undefined });
      const { signal } = this.#closing;
      await addPictures(pictures, collection, (adding) => this.store.dispatch({ adding }), signal);
      this.#show(await collection.details());
      this.#options.onTaught(this.modelId);
    });
  }

  /** The outcome of added pictures was read. */
  forgetAdded(): void {
    this.store.dispatch({ adding: undefined });
  }

  /** The picture of a sample. @throws ClientError */
  picture(sampleId: string): Promise<Blob> {
    return this.#collection.picture(sampleId);
  }

  /** Idempotent. */
  close(): void {
    this.#closing.abort();
    this.collections.cancel();
    this.release();
  }

  get #collection(): Collection {
    const { chosen } = this.store.getState();
    const { server, here } = this.#options;
    return isHere(chosen) ? here.collection(chosen) : server.collection(chosen);
  }

  #nameOf(thingId: string): string {
    return this.store.getState().details?.things.find(({ id }) => id === thingId)?.name ?? '';
  }

  #use(id = DEFAULT_COLLECTION, details?: CollectionDetails): void {
    localEntries.write(CHOSEN, id === DEFAULT_COLLECTION ? undefined : id);
    // Pictures that were added are of the one before, and so is its file.
    this.store.dispatch({ chosen: id, details, adding: undefined, moved: undefined });
  }

  /** Shows what is in a collection, where it is the one in use: another may have been chosen while it was asked for. */
  #show(details: CollectionDetails): void {
    if (details.id === this.store.getState().chosen) this.store.dispatch({ details });
  }

  async #enterNew(made: CollectionInfo): Promise<void> {
    const others = (this.store.getState().collections ?? []).filter(({ id }) => id !== made.id);
    this.#use(made.id);
    // One of the name of a collection that was deleted here takes its place.
    this.store.dispatch({ collections: [...others, made], removed: undefined });
    this.#show(await this.#collection.details());
    this.#options.onTaught(this.modelId);
  }

  async #take(take: () => Promise<TakenSample>): Promise<boolean> {
    const { teaching } = this.store.getState();
    if (teaching === undefined || (teaching.name.trim() === '' && !teaching.isNothing)) return false;
    const collection = this.#collection;
    const { name, isNothing, wrong } = teaching;
    this.store.dispatch({ teaching: { ...teaching, isTaking: true, problem: undefined } });
    const report = (change: Partial<typeof teaching>) => {
      const { teaching: now } = this.store.getState();
      if (now) this.store.dispatch({ teaching: { ...now, isTaking: false, ...change } });
      return now !== undefined;
    };
    try {
      const sample = await take();
      const as = { name: name.trim(), isNothing };
      const taken = await patiently(() => collection.addSample(sample, as, wrong), this.#closing.signal);
      const { revision, moved } = taken;
      const removed: Removed | undefined =
        moved === undefined || wrong === undefined ? undefined : { what: 'moved', name: wrong, revision };
      this.store.dispatch({ removed });
      // Another name may have been given meanwhile.
      const { teaching: now } = this.store.getState();
      report(now?.name === name && now.isNothing === isNothing ? { taken } : {});
      // Thumbnails and counts; the sample is safe, and what is taught needs no more than that.
      void this.#do(async () => this.#show(await collection.details()));
      this.#options.onTaught(this.modelId);
      return true;
    } catch (error) {
      const problem = problemOf(error);
      if (!this.#closing.signal.aborted && !report({ problem })) this.#options.onSampleLost(problem);
      return false;
    }
  }

  #change(
    change: (collection: Collection) => Promise<CollectionDetails>,
    removed: { what: 'sample' | 'thing' | 'merged'; name: string } | undefined,
  ): Promise<void> {
    // Of the one that is shown: another may be in use when it is this one's turn.
    const collection = this.#collection;
    return this.#do(async () => {
      const { canUndo, revision, ...details } = await change(collection);
      this.#show({ canUndo, ...details });
      const isShown = details.id === this.store.getState().chosen;
      this.store.dispatch({ removed: isShown && canUndo && removed ? { ...removed, revision } : undefined });
      this.#options.onTaught(this.modelId);
    });
  }

  /** Does one thing after the other; what fails becomes the problem of the state. */
  #do(work: () => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      this.store.dispatch({ problem: undefined });
      try {
        await work();
      } catch (error) {
        if (!this.#closing.signal.aborted) this.store.dispatch({ problem: problemOf(error) });
      }
    });
  }
}
