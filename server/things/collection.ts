import { setImmediate as turn } from 'node:timers/promises';
import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import {
  type CollectionIndex,
  newThingId,
  requireSample,
  type Shows,
  type StoredSample,
  type StoredThing,
  sampleIdsIn,
  type Things,
  thingOfSample,
  thingShown,
  withSampleMoved,
  withSamples,
} from '../../vision/things/collectionIndex.ts';
import { type Head, learnHead } from '../../vision/things/head.ts';
import { mistakenSample } from '../../vision/things/mistakenSample.ts';
import { type TaughtSample, type TaughtThing, viewsToKeep } from '../../vision/things/taught.ts';
import { asKept } from '../../vision/things/viewBytes.ts';
import { explainUnwritable } from '../disk/atomic.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import type { Log } from '../telemetry/log.ts';
import { loggedError } from '../telemetry/loggedText.ts';
import type { CollectionFolder, SampleFiles } from './collectionFolder.ts';

/** A sample on its way into a collection. */
export interface NewSample extends SampleFiles {
  /** In ms since 1970. */
  readonly takenAtMs: number;
  /** Where the thing is in its picture, in 0..1. */
  readonly box: StoredSample['box'];
  /** Version of the model that embedded its views. */
  readonly version: string;
}

/** One collection, in memory and on the disk. Its changes are made one after another, whoever asks. */
export interface Collection {
  readonly id: string;
  readonly visibility: CollectionIndex['visibility'];
  readonly things: Things;
  readonly canUndo: boolean;
  /** Names the last change. It is another one after a restart: what came before is not known then. */
  readonly revision: string;
  /** What was learned last; it may lack changes of this moment, and all before the first `learned`. */
  readonly head: Head;
  /** Whether `head` is something that was learned. */
  readonly isLearned: boolean;
  /** What is learned from all that is in it now. Changes that come close together are learned once. */
  learned(): Promise<Head>;
  /**
   * @param wrong what it was taken for: the sample which that came from is moved, in the same change
   * @throws CodedError `conflict` above a limit, `bad_request`, `not_writable`; then nothing has changed
   */
  add(shows: Shows, sample: NewSample, wrong?: Shows): Promise<AddedSample>;
  /** @returns the revision. @throws what `make` throws, CodedError `not_writable`; then nothing has changed */
  change(make: (things: Things) => Things): Promise<string>;
  /**
   * Takes the last change back.
   * @param revision of the change that is meant. Default: whichever was the last
   * @returns the revision
   * @throws CodedError `conflict` where there is none, or another change came since
   */
  undo(revision?: string): Promise<string>;
  /** Other embeddings of a sample, by another version of the model. Does nothing where the sample is gone. */
  embedAgain(id: string, views: readonly Float32Array[], version: string): Promise<void>;
  /** @throws CodedError `not_found` */
  picture(id: string): Promise<Uint8Array<ArrayBuffer>>;
  /** @throws CodedError `not_found` */
  views(id: string): Promise<readonly Float32Array[]>;
  remove(): Promise<void>;
}

export interface AddedSample {
  readonly thing: StoredThing;
  /** Its id. */
  readonly sample: string;
  readonly revision: string;
  /** The sample that was one of another thing by mistake. */
  readonly moved: string | undefined;
}

export interface CollectionOptions {
  readonly id: string;
  readonly folder: CollectionFolder;
  readonly index: CollectionIndex;
  readonly log: Log;
}

export function openCollection({ id, folder, index: first, log }: CollectionOptions): Collection {
  let index = first;
  /** Ids of the samples that the index names: there are thousands, and each that is read asks. */
  let named = sampleIdsIn(first);
  let isGone = false;
  const changes = createSemaphore(1);
  /** Of samples that the index names, as far as they were read. */
  const embeddings = new Map<string, readonly Float32Array[]>();
  let head = learnHead([]);
  /** Counts changes; `headRevision` is that of what was learned last. */
  let revision = 1;
  let headRevision = 0;
  /** Names the last change. */
  let lastChange = newThingId();
  let learning: Promise<void> | undefined;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
    changes.run(async () => {
      if (isGone) throw new CodedError('unknown_collection', aboutThings('no_collection', { id }));
      try {
        return await work();
      } catch (error) {
        throw explainUnwritable(error, 'the folder of taught things');
      }
    });

  function hold(next: CollectionIndex): void {
    index = next;
    named = sampleIdsIn(next);
    revision += 1;
  }

  async function write(next: CollectionIndex): Promise<void> {
    try {
      await folder.writeIndex(next);
    } catch (error) {
      // It may have got its name before the disk said no.
      hold(await folder.readIndex().catch(() => index));
      throw error;
    }
    const before = named;
    hold(next);
    const left = [...before].filter((sample) => !named.has(sample));
    for (const sample of left) embeddings.delete(sample);
    await folder.removeSamples(left);
  }

  /** Writes a change, which can be taken back. */
  async function make(things: Things): Promise<void> {
    await write({ ...index, things: [...things], before: index.things });
    lastChange = newThingId();
  }

  /** The sample which made that be seen. */
  async function mistakenAs(wrong: Shows, views: readonly Float32Array[]): Promise<string | undefined> {
    const thing = thingShown(index.things, wrong);
    return mistakenSample(await readable(thing?.samples ?? [], []), views);
  }

  /** Read once: learning takes all of them after each change. */
  async function viewsOf(sample: string): Promise<readonly Float32Array[]> {
    const known = embeddings.get(sample);
    if (known) return known;
    const views = await folder.readViews(sample);
    if (named.has(sample)) embeddings.set(sample, views);
    return views;
  }

  async function learn(): Promise<void> {
    // Changes of the same moment are learned together.
    await turn();
    const learned = revision;
    const taught: TaughtThing[] = [];
    const unreadable: unknown[] = [];
    for (const thing of index.things) {
      taught.push({ ...thing, samples: await readable(thing.samples, unreadable) });
    }
    if (unreadable.length > 0 && !isGone) {
      const [why] = unreadable;
      log.warn({ samples: unreadable.length, why: loggedError(why) }, 'samples cannot be read');
    }
    head = learnHead(taught.filter(({ samples }) => samples.length > 0));
    headRevision = learned;
  }

  async function readable(samples: readonly StoredSample[], unreadable: unknown[]): Promise<TaughtSample[]> {
    const read: TaughtSample[] = [];
    for (const sample of samples) {
      try {
        read.push({ ...sample, views: await viewsOf(sample.id) });
      } catch (error) {
        unreadable.push(error);
      }
    }
    return read;
  }

  return {
    id,
    visibility: first.visibility,
    get things() {
      return index.things;
    },
    get canUndo() {
      return index.before !== undefined;
    },
    get revision() {
      return lastChange;
    },
    get head() {
      return head;
    },
    get isLearned() {
      return headRevision > 0;
    },
    async learned() {
      const wanted = revision;
      while (headRevision < wanted) {
        learning ??= learn().finally(() => {
          learning = undefined;
        });
        await learning;
      }
      return head;
    },
    add: (shows, { takenAtMs, box, version, jpeg, views }, wrong) =>
      inTurn(async () => {
        const moved = wrong && (await mistakenAs(wrong, views));
        const before = moved ? withSampleMoved(index.things, moved, shows, newThingId()) : index.things;
        const files = {
          jpeg,
          views: asKept(viewsToKeep(views, thingShown(before, shows)?.samples.length ?? 0)),
        };
        const sample = { id: newThingId(), takenAtMs, box, version };
        const things = withSamples(before, shows, [sample], newThingId());
        try {
          await folder.writeSample(sample.id, files);
          await make(things);
        } catch (error) {
          if (!named.has(sample.id)) await folder.removeSamples([sample.id]);
          throw error;
        }
        embeddings.set(sample.id, files.views);
        const thing = thingOfSample(things, sample.id) ?? thingShown(things, shows);
        if (thing === undefined) throw new Error('A sample was added to no thing.');
        return { thing, sample: sample.id, revision: lastChange, moved };
      }),
    change: (change) =>
      inTurn(async () => {
        const things = change(index.things);
        if (things !== index.things) await make(things);
        return lastChange;
      }),
    undo: (meant) =>
      inTurn(async () => {
        const { before, ...now } = index;
        if (meant !== undefined && meant !== lastChange) {
          throw new CodedError('conflict', aboutThings('changed_since'));
        }
        if (before === undefined) throw new CodedError('conflict', aboutThings('nothing_to_undo'));
        await write({ ...now, things: before });
        lastChange = newThingId();
        return lastChange;
      }),
    embedAgain: (sample, views, version) =>
      inTurn(async () => {
        if (!named.has(sample)) return;
        const renew = (things: Things) =>
          things.map((thing) => ({
            ...thing,
            samples: thing.samples.map((one) => (one.id === sample ? { ...one, version } : one)),
          }));
        const kept = asKept(views.slice(0, (await viewsOf(sample).catch(() => views)).length));
        await folder.writeViews(sample, kept);
        embeddings.set(sample, kept);
        const { before } = index;
        await write({ ...index, things: renew(index.things), ...(before && { before: renew(before) }) });
      }),
    async picture(sample) {
      requireSample(index.things, sample);
      return folder.readPicture(sample);
    },
    async views(sample) {
      requireSample(index.things, sample);
      return viewsOf(sample);
    },
    remove: () =>
      inTurn(async () => {
        await folder.remove();
        isGone = true;
        hold({ schema: 1, visibility: first.visibility, things: [] });
        embeddings.clear();
      }),
  };
}
