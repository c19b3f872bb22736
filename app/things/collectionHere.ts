import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import type { CollectionDetails } from '../../protocol/things.ts';
import {
  newThingId,
  type Shows,
  type StoredSample,
  samplesOf,
  type Things,
  thingShown,
  withName,
  withoutSample,
  withoutThing,
  withSampleMoved,
  withSamples,
} from '../../vision/things/collectionIndex.ts';
import { type Head, learnHead } from '../../vision/things/head.ts';
import { mistakenSample } from '../../vision/things/mistakenSample.ts';
import { viewsToKeep } from '../../vision/things/taught.ts';
import { varietyOf } from '../../vision/things/variety.ts';
import type { Collection } from './collection.ts';
import type { EmbedSample } from './embedSample.ts';
import type { HereCollection, HereDatabase } from './hereDatabase.ts';

export interface HereOptions {
  database: Pick<HereDatabase, 'find' | 'samples' | 'change'>;
  embed: EmbedSample;
  /** Of the model on this device that embeds; undefined while there is none. */
  version(): string | undefined;
  /** What the collection teaches from now on. */
  onHead(id: string, head: Head): void;
  /** What was learned last, by collection: to look at one teaches nothing new, and learning takes a phone a second. */
  learned: Map<string, string>;
  /** The collections whose samples are being embedded again, and how far that is. */
  renewing: Map<string, { readonly done: number; readonly total: number }>;
}

/** A collection that is kept and learned from in this browser: nothing of it is sent. */
export function collectionHere(id: string, options: HereOptions): Collection {
  const { database, embed, onHead, learned, renewing } = options;
  const details = ({ things, before, revision }: HereCollection): CollectionDetails => ({
    id,
    visibility: 'link',
    things: things.map(({ samples, ...thing }) => ({
      ...thing,
      samples: samples.map(({ id: sampleId, takenAtMs }) => ({ id: sampleId, takenAtMs })),
    })),
    mayChange: true,
    canUndo: before !== undefined,
    revision,
    relearning: renewing.get(id),
  });

  /** Vectors of two versions are not to be mixed: what another one embedded teaches again once it is embedded again. */
  async function learn({ things }: HereCollection): Promise<void> {
    const version = options.version();
    const isCurrent = (sample: StoredSample) => version === undefined || sample.version === version;
    const content = JSON.stringify([version, things]);
    if (learned.get(id) !== content) {
      const current = samplesOf(things).filter(isCurrent);
      const all = await database.samples(current.map((sample) => sample.id));
      const views = new Map(all.map((sample) => [sample.id, sample.views]));
      const taught = things.map((thing) => ({
        ...thing,
        samples: thing.samples
          .filter(isCurrent)
          .map((sample) => ({ ...sample, views: views.get(sample.id) ?? [] })),
      }));
      onHead(id, learnHead(taught, { version }));
      learned.set(id, content);
    }
    if (!samplesOf(things).every(isCurrent)) void renew(samplesOf(things).length);
  }

  async function renew(total: number): Promise<void> {
    if (renewing.has(id)) return;
    renewing.set(id, { done: 0, total });
    try {
      const { things } = (await database.find(id)) ?? { things: [] };
      const all = samplesOf(things);
      for (const [done, { id: sampleId, box, version }] of all.entries()) {
        renewing.set(id, { done, total: all.length });
        if (version === options.version()) continue;
        const [sample] = await database.samples([sampleId]);
        if (sample) await embedAgain(sample.id, sample.picture, box, sample.views.length);
      }
      const found = await database.find(id);
      if (found) await learn(found);
    } catch (error) {
      // The model is not in use, or its worker died: the next look at the collection goes on.
      console.warn('Samples of another version of the model were not embedded again.', error);
    } finally {
      renewing.delete(id);
    }
  }

  async function embedAgain(sampleId: string, picture: Blob, box: StoredSample['box'], count: number) {
    const { views, version } = await embed(picture, box);
    const renewed = (things: Things) =>
      things.map((thing) => ({
        ...thing,
        samples: thing.samples.map((one) => (one.id === sampleId ? { ...one, version } : one)),
      }));
    await database.change(
      id,
      ({ things, before, ...rest }) => ({
        ...rest,
        things: renewed(things),
        ...(before && { before: renewed(before) }),
      }),
      [{ id: sampleId, picture, views: views.slice(0, count) }],
    );
  }

  async function change(make: (things: Things) => Things): Promise<CollectionDetails> {
    const after = await database.change(id, (before) => ({
      id,
      things: make(before.things),
      before: before.things,
      revision: newThingId(),
    }));
    await learn(after);
    return details(after);
  }

  /** The sample which made something be seen that is not there. @param version of the model that embedded what is seen */
  async function mistakenAs(
    name: string,
    seen: readonly Float32Array[],
    version: string,
  ): Promise<string | undefined> {
    const thing = thingShown((await database.find(id))?.things ?? [], { name });
    const alike = thing?.samples.filter((sample) => sample.version === version) ?? [];
    return mistakenSample(await database.samples(alike.map((sample) => sample.id)), seen);
  }

  const find = async () => (await database.find(id)) ?? { id, things: [] };

  return {
    async details() {
      const found = await find();
      await learn(found);
      return details(found);
    },
    progress: async () => details(await find()),
    async addSample({ picture, box }, { name, isNothing }, wrong) {
      const { views: all, version } = await embed(picture, box);
      const sample = newThingId();
      const shows: Shows = isNothing ? { nothing: true } : { name };
      const [x, y, width, height] = box;
      const stored: StoredSample = { id: sample, takenAtMs: Date.now(), box: [x, y, width, height], version };
      const moved = wrong === undefined ? undefined : await mistakenAs(wrong, all, version);
      const before = thingShown((await database.find(id))?.things ?? [], shows)?.samples.length ?? 0;
      const views = viewsToKeep(all, before);
      const revision = newThingId();
      const after = await database.change(
        id,
        ({ things }) => {
          const rest = moved === undefined ? things : withSampleMoved(things, moved, shows, newThingId());
          return {
            id,
            things: withSamples(rest, shows, [stored], newThingId()),
            before: things,
            revision,
          };
        },
        [{ id: sample, picture, views }],
      );
      await learn(after);
      const thing = thingShown(after.things, shows);
      const ids = thing?.samples.map((one) => one.id) ?? [];
      return {
        thing: { id: thing?.id ?? '', name: thing?.name ?? name },
        sample,
        samples: ids.length,
        variety: varietyOf(await database.samples(ids)),
        revision,
        ...(moved !== undefined && { moved }),
      };
    },
    rename: (thingId, name) => change((things) => withName(things, thingId, name)),
    removeThing: (thingId) => change((things) => withoutThing(things, thingId)),
    removeSample: (sampleId) => change((things) => withoutSample(things, sampleId)),
    async undo(meant) {
      const after = await database.change(id, ({ before, revision }) => {
        if (meant !== undefined && meant !== revision) {
          throw new CodedError('conflict', aboutThings('changed_since'));
        }
        if (before === undefined) throw new CodedError('conflict', aboutThings('nothing_to_undo'));
        return { id, things: before, revision: newThingId() };
      });
      await learn(after);
      return details(after);
    },
    async picture(sampleId) {
      const [sample] = await database.samples([sampleId]);
      if (sample === undefined) throw new CodedError('not_found', aboutThings('no_sample'));
      return sample.picture;
    },
  };
}
