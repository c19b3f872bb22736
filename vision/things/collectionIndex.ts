import * as v from 'valibot';
import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { SampleBox, ThingName, Visibility } from '../../protocol/things.ts';
import { ModelId } from '../../protocol/vocabulary.ts';
import { UNKNOWN } from './unknown.ts';

/** Numbers of an embedding at most. */
export const MAX_EMBEDDING_SIZE = 8_192;

export const EmbeddingSize = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_EMBEDDING_SIZE));

/** Limits of one collection. */
export const MAX_THINGS = 200;
export const MAX_SAMPLES = 10_000;

/** Of things and samples; a sample's files are named by it. */
const Id = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));

const StoredSample = v.strictObject({
  id: Id,
  /** In ms since 1970. */
  takenAtMs: v.number(),
  /** Where the thing is in the sample's picture, in 0..1. */
  box: SampleBox,
  /** Version of the model that embedded its views. */
  version: v.string(),
  /** Numbers of such an embedding; absent for `EMBEDDING_SIZE`. */
  size: v.exactOptional(EmbeddingSize),
});
export type StoredSample = v.InferOutput<typeof StoredSample>;

const StoredThing = v.strictObject({
  id: Id,
  name: ThingName,
  isNothing: v.boolean(),
  /** Oldest first; never empty. */
  samples: v.array(StoredSample),
});
export type StoredThing = v.InferOutput<typeof StoredThing>;
export type Things = readonly StoredThing[];

/** `collection.json`: what a collection holds, and what it held before its last change. */
export const CollectionIndex = v.strictObject({
  schema: v.literal(1),
  visibility: Visibility,
  /** The model that embeds its things; absent for the shipped one. */
  embedder: v.exactOptional(ModelId),
  things: v.array(StoredThing),
  /** Absent where there is nothing to take back. */
  before: v.optional(v.array(StoredThing)),
});
export type CollectionIndex = v.InferOutput<typeof CollectionIndex>;

/** What a sample is of: a name, or none of the things. */
export type Shows = { readonly name: string } | { readonly nothing: true };

/** For a new thing or sample. */
export const newThingId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

export const samplesOf = (things: Things): readonly StoredSample[] =>
  things.flatMap(({ samples }) => samples);

/**
 * The version of the model that embedded most samples: what is learned is learned of those, as vectors of two models cannot be compared.
 * The others are embedded again. Undefined where there are none.
 */
export function versionInUse(things: Things): string | undefined {
  const counts = new Map<string, number>();
  for (const { version } of samplesOf(things)) counts.set(version, (counts.get(version) ?? 0) + 1);
  let most: string | undefined;
  // Of two with as many, the one that came last.
  for (const [version, count] of counts) if (count >= (counts.get(most ?? '') ?? 0)) most = version;
  return most;
}

/** Ids of all samples that have files: those of now, and those that can be taken back. */
export const sampleIdsIn = ({ things, before = [] }: CollectionIndex): ReadonlySet<string> =>
  new Set([...samplesOf(things), ...samplesOf(before)].map(({ id }) => id));

/** @returns undefined where there is none */
export const thingOfSample = (things: Things, id: string): StoredThing | undefined =>
  things.find(({ samples }) => samples.some((sample) => sample.id === id));

/** @returns the thing that is called so, whatever the case of its letters; undefined where there is none */
export function thingShown(things: Things, shows: Shows): StoredThing | undefined {
  if ('nothing' in shows) return things.find(({ isNothing }) => isNothing);
  const folded = foldName(shows.name);
  return things.find(({ isNothing, name }) => !isNothing && foldName(name) === folded);
}

const foldName = (name: string) => name.normalize('NFC').toLowerCase();

/** A thing that is called so would look like one that was not taught. */
function requireOwnName(name: string): void {
  if (foldName(name) === UNKNOWN) throw new CodedError('bad_request', aboutThings('name_reserved', { name }));
}

/** What is none of the things is called so in the file; people read it in their language. */
const NOTHING = 'nothing';

/**
 * The same with samples of a thing, which is new where there is none of that name.
 * @param newId names a new thing
 * @throws CodedError `conflict` above a limit, `bad_request` for a name that no thing can have
 */
export function withSamples(
  things: Things,
  shows: Shows,
  samples: readonly StoredSample[],
  newId: string,
): Things {
  if (samplesOf(things).length + samples.length > MAX_SAMPLES) {
    throw new CodedError('conflict', aboutThings('samples_full', { max: MAX_SAMPLES }));
  }
  const known = thingShown(things, shows);
  if (known) {
    const grown = { ...known, samples: oldestFirst([...known.samples, ...samples]) };
    return things.map((thing) => (thing === known ? grown : thing));
  }
  const isNothing = 'nothing' in shows;
  if (!isNothing && things.filter((thing) => !thing.isNothing).length >= MAX_THINGS) {
    throw new CodedError('conflict', aboutThings('things_full', { max: MAX_THINGS }));
  }
  if (!isNothing) requireOwnName(shows.name);
  const name = isNothing ? NOTHING : shows.name;
  return [...things, { id: newId, name, isNothing, samples: oldestFirst(samples) }];
}

/**
 * The same with another name for a thing; where another thing has that name, both are one. What is none of the things keeps its own.
 * @throws CodedError `not_found`, `bad_request` for a name that no thing can have
 */
export function withName(things: Things, id: string, name: string): Things {
  const renamed = requireThing(things, id);
  if (renamed.isNothing || renamed.name === name) return things;
  const other = thingShown(things, { name });
  if (other === undefined || other === renamed) {
    requireOwnName(name);
    return things.map((thing) => (thing === renamed ? { ...thing, name } : thing));
  }
  const merged = { ...other, samples: oldestFirst([...other.samples, ...renamed.samples]) };
  return things.flatMap((thing) => (thing === renamed ? [] : thing === other ? merged : thing));
}

/** @throws CodedError `not_found` */
export function withoutThing(things: Things, id: string): Things {
  const removed = requireThing(things, id);
  return things.filter((thing) => thing !== removed);
}

/** A thing without samples goes with its last one. @throws CodedError `not_found` */
export function withoutSample(things: Things, id: string): Things {
  requireSample(things, id);
  return things
    .map((thing) => ({ ...thing, samples: thing.samples.filter((sample) => sample.id !== id) }))
    .filter(({ samples }) => samples.length > 0);
}

/** @throws CodedError `not_found`; see `withSamples` */
export function withSampleMoved(things: Things, id: string, shows: Shows, newId: string): Things {
  const sample = requireSample(things, id);
  if (thingOfSample(things, id) === thingShown(things, shows)) return things;
  return withSamples(withoutSample(things, id), shows, [sample], newId);
}

function requireThing(things: Things, id: string): StoredThing {
  const found = things.find((thing) => thing.id === id);
  if (found) return found;
  throw new CodedError('not_found', aboutThings('no_thing'));
}

/** @throws CodedError `not_found` */
export function requireSample(things: Things, id: string): StoredSample {
  const found = samplesOf(things).find((sample) => sample.id === id);
  if (found) return found;
  throw new CodedError('not_found', aboutThings('no_sample'));
}

const oldestFirst = (samples: readonly StoredSample[]): StoredSample[] =>
  [...samples].sort((a, b) => a.takenAtMs - b.takenAtMs);
