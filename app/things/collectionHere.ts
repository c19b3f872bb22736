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
  withSamples,
} from '../../vision/things/collectionIndex.ts';
import { type Head, learnHead } from '../../vision/things/head.ts';
import { viewsToKeep } from '../../vision/things/taught.ts';
import { varietyOf } from '../../vision/things/variety.ts';
import type { Collection } from './collection.ts';
import type { EmbedSample } from './embedSample.ts';
import type { HereCollection, HereDatabase } from './hereDatabase.ts';

export interface HereOptions {
  database: Pick<HereDatabase, 'find' | 'samples' | 'change'>;
  embed: EmbedSample;
  /** What the collection teaches from now on. */
  onHead(id: string, head: Head): void;
  /** What was learned last, by collection: to look at one teaches nothing new, and learning takes a phone a second. */
  learned: Map<string, string>;
}

/** A collection that is kept and learned from in this browser: nothing of it is sent. */
export function collectionHere(id: string, { database, embed, onHead, learned }: HereOptions): Collection {
  const details = ({ things, before }: HereCollection): CollectionDetails => ({
    id,
    visibility: 'link',
    things: things.map(({ samples, ...thing }) => ({
      ...thing,
      samples: samples.map(({ id: sampleId, takenAtMs }) => ({ id: sampleId, takenAtMs })),
    })),
    mayChange: true,
    canUndo: before !== undefined,
  });

  async function learn({ things }: HereCollection): Promise<void> {
    const content = JSON.stringify(things);
    if (learned.get(id) === content) return;
    const all = await database.samples(samplesOf(things).map((sample) => sample.id));
    const views = new Map(all.map((sample) => [sample.id, sample.views]));
    const taught = things.map((thing) => ({
      ...thing,
      samples: thing.samples.map((sample) => ({ ...sample, views: views.get(sample.id) ?? [] })),
    }));
    onHead(id, learnHead(taught));
    learned.set(id, content);
  }

  async function change(make: (things: Things) => Things): Promise<CollectionDetails> {
    const after = await database.change(id, (before) => ({
      id,
      things: make(before.things),
      before: before.things,
    }));
    await learn(after);
    return details(after);
  }

  return {
    async details() {
      const found = (await database.find(id)) ?? { id, things: [] };
      await learn(found);
      return details(found);
    },
    async addSample({ picture, box }, { name, isNothing }) {
      const all = await embed(picture, box);
      const sample = newThingId();
      const shows: Shows = isNothing ? { nothing: true } : { name };
      const [x, y, width, height] = box;
      const stored: StoredSample = {
        id: sample,
        takenAtMs: Date.now(),
        box: [x, y, width, height],
        version: '',
      };
      const before = thingShown((await database.find(id))?.things ?? [], shows)?.samples.length ?? 0;
      const views = viewsToKeep(all, before);
      const after = await database.change(
        id,
        ({ things }) => ({ id, things: withSamples(things, shows, [stored], newThingId()), before: things }),
        { id: sample, picture, views },
      );
      await learn(after);
      const thing = thingShown(after.things, shows);
      const ids = thing?.samples.map((one) => one.id) ?? [];
      return {
        thing: { id: thing?.id ?? '', name: thing?.name ?? name },
        sample,
        samples: ids.length,
        variety: varietyOf(await database.samples(ids)),
      };
    },
    rename: (thingId, name) => change((things) => withName(things, thingId, name)),
    removeThing: (thingId) => change((things) => withoutThing(things, thingId)),
    removeSample: (sampleId) => change((things) => withoutSample(things, sampleId)),
    async undo() {
      const after = await database.change(id, ({ things, before = things }) => ({ id, things: before }));
      await learn(after);
      return details(after);
    },
    async picture(sampleId) {
      const [sample] = await database.samples([sampleId]);
      if (sample === undefined) throw new Error('There is no such sample in this browser.');
      return sample.picture;
    },
  };
}
