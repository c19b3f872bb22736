import type { CollectionDetails, SampleAdded } from '../../protocol/things.ts';
import type { Shows } from '../../vision/things/collectionIndex.ts';
import { MAX_COMPARED, varietyOf } from '../../vision/things/variety.ts';
import type { Collection, NewSample } from './collection.ts';

/** What a client learns of a collection. */
export const detailsOf = (
  { id, visibility, things, canUndo, revision, head }: Collection,
  mayChange: boolean,
): CollectionDetails => ({
  id,
  visibility,
  things: things.map(({ samples, ...thing }) => ({
    ...thing,
    samples: samples.map((sample) => ({ id: sample.id, takenAtMs: sample.takenAtMs })),
  })),
  mayChange,
  canUndo,
  revision,
  recognised: head.calibration.recognised,
});

/**
 * Adds a sample; what it teaches counts when this resolves.
 * @param wrong what it was taken for
 * @throws CodedError see `Collection.add`
 */
export async function addSample(
  collection: Collection,
  shows: Shows,
  taken: NewSample,
  wrong?: Shows,
): Promise<SampleAdded> {
  const { thing, sample, revision, moved } = await collection.add(shows, taken, wrong);
  await collection.learned();
  // One that was removed meanwhile is not compared.
  const views = await Promise.all(
    thing.samples
      .slice(-MAX_COMPARED)
      .map(({ id }) => collection.views(id).catch(() => [] as Float32Array[])),
  );
  return {
    thing: { id: thing.id, name: thing.name },
    sample,
    samples: thing.samples.length,
    variety: varietyOf(views.map((each) => ({ views: each }))),
    revision,
    ...(moved && { moved }),
  };
}
