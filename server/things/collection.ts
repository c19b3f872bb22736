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
  samplesOf,
  type Things,
  thingOfSample,
  thingShown,
  withSampleMoved,
  withSamples,
} from '../../vision/things/collectionIndex.ts';
import { type Head, learnHead } from '../../vision/things/head.ts';
import { mistakenSample } from '../../vision/things/mistakenSample.ts';
import { EMBEDDING_SIZE, type TaughtSample, viewsToKeep } from '../../vision/things/taught.ts';
import { asKept } from '../../vision/things/viewBytes.ts';
import { explainUnwritable } from '../disk/atomic.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import type { Log } from '../telemetry/log.ts';
import { loggedError } from '../telemetry/loggedText.ts';
import type { CollectionFolder, SampleFiles } from './collectionFolder.ts';
import { learner } from './learner/learner.ts';
import type { Learned } from './learner/messages.ts';

/** A sample on its way into a collection. */
export interface NewSample extends SampleFiles {
  /** In ms since 1970. */
  readonly takenAtMs: number;
  /** Where the thing is in its picture, in 0..1. */
  readonly box: StoredSample['box'];
  /** Version of the model that embedded its views. */
  readonly version: string;
  /** The id of that model; absent for the shipped one. */
  readonly embedder?: string | undefined;
}

export interface TakenOver {
  readonly embedder: string | undefined;
  readonly version: string;
  /** Numbers of an embedding; undefined where no sample was embedded again. */
  readonly size: number | undefined;
  /** Ids of the samples that have such embeddings. */
  readonly written: ReadonlySet<string>;
  /** Ids of samples that cannot have any: they stay as they are, and are not learned from. */
  readonly left: ReadonlySet<string>;
}

/** One collection, in memory and on the disk. Its changes are made one after another, whoever asks. */
export interface Collection {
  readonly id: string;
  readonly visibility: CollectionIndex['visibility'];
  readonly things: Things;
  readonly canUndo: boolean;
  /** The model that embeds its things; undefined for the shipped one. */
  readonly embedder: string | undefined;
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
   * @throws CodedError `conflict` above a limit, `bad_request`, `not_writable`, `stale` where it has another embedder by now; then nothing has changed
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
  /** Writes other embeddings of a sample, which count once all are there (`takeOver`). Does nothing where the sample is gone. */
  embedAgain(id: string, views: readonly Float32Array[], version: string): Promise<void>;
  /** Whether there are such: written before the process ended. */
  hasEmbeddedAgain(id: string, version: string, size: number): Promise<boolean>;
  /**
   * From now on the samples have the embeddings of this version that were written, and the collection this embedder: in one write.
   * @returns false where samples came since that lack them; then nothing has changed
   * @throws CodedError `not_writable`
   */
  takeOver(by: TakenOver): Promise<boolean>;
  /** What it is learned from has changed other than by a change of the collection. */
  learnAgain(): void;
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
    const before = allIn(index);
    hold(next);
    await folder.removeSamples(before.filter(({ id: sample }) => !named.has(sample)));
  }

  /** Writes a change, which can be taken back. */
  async function make(things: Things): Promise<void> {
    await write({ ...index, things: [...things], before: index.things });
    lastChange = newThingId();
  }

  /** The sample which made that be seen. @param version of the model that embedded these views */
  async function mistakenAs(
    wrong: Shows,
    views: readonly Float32Array[],
    version: string,
  ): Promise<string | undefined> {
    const read: TaughtSample[] = [];
    for (const sample of thingShown(index.things, wrong)?.samples ?? []) {
      if (sample.version !== version) continue;
      const found = await folder.readViews(sample).catch(() => undefined);
      if (found) read.push({ ...sample, views: found });
    }
    return mistakenSample(read, views);
  }

  async function learn(): Promise<void> {
    // Changes of the same moment are learned together.
    await turn();
    const learned = revision;
    const { head: next, unreadable } = isGone ? NOTHING_LEARNED : await learnIn(folder.dir);
    if (unreadable && !isGone) {
      const why = loggedError(new Error(unreadable.why));
      log.warn({ samples: unreadable.count, why }, 'samples cannot be read');
    }
    head = next;
    headRevision = learned;
  }

  /** One that is removed meanwhile teaches nothing. */
  async function learnIn(dir: string): Promise<Learned> {
    try {
      return await learner.run({ kind: 'learn', dir });
    } catch (error) {
      // Its files are gone before all of its removal is done.
      await changes.run(async () => {});
      if (isGone) return NOTHING_LEARNED;
      throw error;
    }
  }

  return {
    id,
    visibility: first.visibility,
    get things() {
      return index.things;
    },
    get embedder() {
      return index.embedder;
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
    add: (shows, { takenAtMs, box, version, embedder, jpeg, views }, wrong) =>
      inTurn(async () => {
        if (embedder !== index.embedder) throw new CodedError('stale', aboutThings('things_changed'));
        const moved = wrong && (await mistakenAs(wrong, views, version));
        const before = moved ? withSampleMoved(index.things, moved, shows, newThingId()) : index.things;
        const files = {
          jpeg,
          views: asKept(viewsToKeep(views, thingShown(before, shows)?.samples.length ?? 0)),
        };
        const sample = { id: newThingId(), takenAtMs, box, version, ...sizeIn(views[0]?.length) };
        const things = withSamples(before, shows, [sample], newThingId());
        try {
          await folder.writeSample(sample.id, files);
          await make(things);
        } catch (error) {
          if (!named.has(sample.id)) await folder.removeSamples([sample]);
          throw error;
        }
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
    async embedAgain(sample, views, version) {
      if (!named.has(sample)) return;
      await folder.writeViewsAgain(sample, version, views).catch((error: unknown) => {
        throw explainUnwritable(error, 'the folder of taught things');
      });
    },
    hasEmbeddedAgain: folder.hasViewsAgain,
    takeOver: ({ embedder, version, size, written, left }) =>
      inTurn(async () => {
        const isReady = ({ id: sample, version: own }: StoredSample) =>
          own === version || written.has(sample) || left.has(sample);
        if (!samplesOf(index.things).every(isReady)) return false;
        const renew = (things: Things) =>
          things.map((thing) => ({
            ...thing,
            samples: thing.samples.map((one) => {
              const { id: sample, takenAtMs, box } = one;
              return written.has(sample) ? { id: sample, takenAtMs, box, version, ...sizeIn(size) } : one;
            }),
          }));
        const { before, embedder: _, ...rest } = index;
        await write({
          ...rest,
          ...(embedder !== undefined && { embedder }),
          things: renew(index.things),
          ...(before && { before: renew(before) }),
        });
        await folder.removeViewsBefore(allIn(index).filter(({ id: sample }) => written.has(sample)));
        return true;
      }),
    learnAgain() {
      revision += 1;
    },
    async picture(sample) {
      requireSample(index.things, sample);
      return folder.readPicture(sample);
    },
    async views(sample) {
      return folder.readViews(requireSample(index.things, sample));
    },
    remove: () =>
      inTurn(async () => {
        await folder.remove();
        isGone = true;
        hold({ schema: 1, visibility: first.visibility, things: [] });
      }),
  };
}

const allIn = ({ things, before = [] }: CollectionIndex): readonly StoredSample[] => [
  ...samplesOf(things),
  ...samplesOf(before),
];

/** As the index has it: the size of the shipped model goes without saying. */
export const sizeIn = (size: number | undefined): { size?: number } =>
  size === undefined || size === EMBEDDING_SIZE ? {} : { size };

const NOTHING_LEARNED: Learned = { head: learnHead([]), unreadable: undefined };
