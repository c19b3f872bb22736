import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { type EmbedderInfo, THINGS_MODEL } from '../../protocol/things.ts';
import { MAX_TRIED } from '../../vision/things/calibrate.ts';
import { type StoredSample, versionInUse } from '../../vision/things/collectionIndex.ts';
import { evenly } from '../../vision/things/fitDirections.ts';
import type { Collection } from './collection.ts';
import { embedStored, patiently, waitFor } from './embedAgain.ts';
import type { Learner } from './learner/learner.ts';
import type { Recognitions } from './learner/messages.ts';
import { servingVersionOf } from './servingEmbedders.ts';
import type { TeachContext } from './teach.ts';

/** Samples of a thing that counts; the others are left out. */
const MIN_SAMPLES = 3;
/** A difference that comes about by chance as often as this is none. */
const CHANCE = 0.05;

export interface CompareOptions {
  /** Undefined for the shipped one. */
  readonly embedders: readonly (string | undefined)[];
  readonly context: TeachContext;
  readonly learner: Pick<Learner, 'run'>;
  /** See HeadEmbedder. */
  background(embedder: string): Promise<Float32Array | undefined>;
  /** Ends it before the next step. */
  readonly signal: AbortSignal;
  onProgress(done: number, total: number): void;
}

export interface Compared {
  /** Samples that they were compared on. */
  readonly samples: number;
  readonly byEmbedder: ReadonlyMap<
    string | undefined,
    Pick<EmbedderInfo, 'recognised' | 'verdict'> & {
      /** Of the model: what was found out is about no other. */
      readonly version: string | undefined;
    }
  >;
  /** A model that was replaced or removed meanwhile, and was left out: its id. */
  readonly changed: string | undefined;
}

/** What a model made of the samples, by their ids. */
interface Seen {
  readonly version: string | undefined;
  /** Whether it serves: of the one in use, what it made before it was removed is there. */
  readonly serves: boolean;
  readonly views: ReadonlyMap<string, Float32Array>;
}

/**
 * Tries models on the samples of a collection: each sample is held out, and named by what is learned from the others. All of them see the
 * same samples, and each is of one version: vectors of two are not to be mixed.
 * @throws CodedError `conflict` where there are too few samples, or the model in use was replaced or removed meanwhile; see
 * `takeSample`; the signal's reason
 */
export async function compareEmbedders(collection: Collection, options: CompareOptions): Promise<Compared> {
  const { embedders, context, learner, signal, onProgress } = options;
  const things = collection.things.filter(({ samples }) => samples.length >= MIN_SAMPLES);
  if (things.length < 2) {
    throw new CodedError('conflict', aboutThings('too_few_to_compare', { min: MIN_SAMPLES }));
  }
  const each = Math.max(MIN_SAMPLES, Math.floor(MAX_TRIED / things.length));
  const tried = things.map(({ samples }) => evenly(samples, each));
  const inUse = collection.embedder;
  const total = embedders.length * tried.flat().length;
  let done = 0;
  onProgress(done, total);

  const versionNow = (embedder: string | undefined) => servingVersionOf(context.models, embedder);
  const changed = new Set<string | undefined>();
  const plain = new Map<string | undefined, Seen>();
  for (const embedder of embedders) {
    const seen = await seenBy(embedder);
    if (seen) plain.set(embedder, seen);
    done = (total * (embedders.indexOf(embedder) + 1)) / embedders.length;
    onProgress(done, total);
  }

  // What one of them could not see counts for none.
  const seen = tried.map((samples) =>
    samples.filter(({ id }) => [...plain.values()].every(({ views }) => views.has(id))),
  );
  const found = new Map<string | undefined, Recognitions>();
  for (const [embedder, { views }] of plain) {
    const classes = seen.map((samples) => samples.flatMap(({ id }) => views.get(id) ?? []));
    const background = await backgroundBy(embedder);
    if (hasChanged(embedder)) continue;
    found.set(embedder, await learner.run({ kind: 'compare', classes, background }, signal));
  }
  for (const embedder of plain.keys()) if (hasChanged(embedder)) changed.add(embedder);
  if (changed.has(inUse)) throw modelChanged(inUse);
  for (const embedder of changed) found.delete(embedder);
  return {
    ...outcome(found, inUse, (embedder) => plain.get(embedder)?.version),
    changed: [...changed].map((embedder) => embedder ?? THINGS_MODEL)[0],
  };

  /** Whether it is another model than the one that saw the samples. */
  function hasChanged(embedder: string | undefined): boolean {
    const { version, serves } = plain.get(embedder) ?? {};
    return versionNow(embedder) !== (serves ? version : undefined);
  }

  async function backgroundBy(embedder: string | undefined): Promise<Float32Array | undefined> {
    if (embedder === undefined) return undefined;
    try {
      return await patiently(() => options.background(embedder), waitFor, signal);
    } catch (error) {
      if (hasChanged(embedder)) return undefined;
      throw error;
    }
  }

  /** Undefined where the model gives nothing that can be compared, or was replaced or removed meanwhile: the others are compared. */
  async function seenBy(embedder: string | undefined): Promise<Seen | undefined> {
    const views = new Map<string, Float32Array>();
    const served = versionNow(embedder);
    const version = served ?? (embedder === inUse ? versionInUse(collection.things) : undefined);
    let isMixed = false;
    try {
      for (const sample of tried.flat()) {
        const found = await patiently(() => plainView(sample, embedder, version), waitFor, signal);
        isMixed = found !== undefined && found.version !== version;
        if (isMixed) throw modelChanged(embedder);
        if (found?.view) views.set(sample.id, found.view);
        done += 1;
        onProgress(done, total);
      }
      return { version, serves: served !== undefined, views };
    } catch (error) {
      const { code } = error instanceof CodedError ? error : {};
      if (code !== 'conflict' && code !== 'unknown_model') throw error;
      const isChanged = isMixed || versionNow(embedder) !== served;
      if (isChanged) changed.add(embedder);
      if (embedder !== inUse) return undefined;
      throw isChanged ? modelChanged(embedder) : error;
    }
  }

  /** Undefined where the picture cannot be read. */
  async function plainView(sample: StoredSample, embedder: string | undefined, version: string | undefined) {
    if (embedder === inUse && sample.version === version) {
      const [view] = await collection.views(sample.id).catch(() => []);
      return { view, version };
    }
    const found = await embedStored(collection, sample, context, { embedder, views: 1, signal });
    return found && { view: found.views[0], version: found.version };
  }
}

const modelChanged = (embedder: string | undefined): CodedError =>
  new CodedError('conflict', aboutThings('compared_model_changed', { model: embedder ?? THINGS_MODEL }));

function outcome(
  found: ReadonlyMap<string | undefined, Recognitions>,
  inUse: string | undefined,
  versionOf: (embedder: string | undefined) => string | undefined,
): Pick<Compared, 'samples' | 'byEmbedder'> {
  const used = found.get(inUse);
  const byEmbedder = new Map<string | undefined, ReturnType<Compared['byEmbedder']['get']> & object>();
  let samples = 0;
  for (const [embedder, recognitions] of found) {
    const held = recognitions.filter((isRight) => isRight !== undefined);
    samples = held.length;
    if (samples === 0) continue;
    byEmbedder.set(embedder, {
      version: versionOf(embedder),
      recognised: held.filter(Boolean).length / samples,
      ...(used && embedder !== inUse && { verdict: verdictOf(recognitions, used) }),
    });
  }
  if (samples > 0) return { samples, byEmbedder };
  throw new CodedError('conflict', aboutThings('too_few_to_compare', { min: MIN_SAMPLES }));
}

/** By the samples that only one of them recognises: a sign test. */
export function verdictOf(one: Recognitions, other: Recognitions): NonNullable<EmbedderInfo['verdict']> {
  const only = (a: Recognitions, b: Recognitions) =>
    a.filter((isRight, at) => isRight && b[at] === false).length;
  const [wins, losses] = [only(one, other), only(other, one)];
  if (byChance(Math.max(wins, losses), wins + losses) > CHANCE) return 'alike';
  return wins > losses ? 'better' : 'worse';
}

/** How often a fair coin shows heads at least `heads` times of `count`. */
function byChance(heads: number, count: number): number {
  let term = 0.5 ** count;
  let sum = 0;
  for (let k = 0; k <= count; k++) {
    if (k >= heads) sum += term;
    term *= (count - k) / (k + 1);
  }
  return sum;
}
