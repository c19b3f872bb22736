import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import type { EmbedderInfo } from '../../protocol/things.ts';
import { MAX_TRIED } from '../../vision/things/calibrate.ts';
import { type StoredSample, versionInUse } from '../../vision/things/collectionIndex.ts';
import { evenly } from '../../vision/things/fitDirections.ts';
import type { Collection } from './collection.ts';
import { embedStored, patiently, waitFor } from './embedAgain.ts';
import type { Learner } from './learner/learner.ts';
import type { Recognitions } from './learner/messages.ts';
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
  readonly signal: AbortSignal;
  onProgress(done: number, total: number): void;
}

export interface Compared {
  /** Samples that they were compared on. */
  readonly samples: number;
  readonly byEmbedder: ReadonlyMap<string | undefined, Pick<EmbedderInfo, 'recognised' | 'verdict'>>;
}

/**
 * Tries models on the samples of a collection: each sample is held out, and named by what is learned from the others. All of them see the
 * same samples.
 * @throws CodedError `conflict` where there are too few samples; see `takeSample`
 */
export async function compareEmbedders(collection: Collection, options: CompareOptions): Promise<Compared> {
  const { embedders, context, learner, signal, onProgress } = options;
  const things = collection.things.filter(({ samples }) => samples.length >= MIN_SAMPLES);
  if (things.length < 2) {
    throw new CodedError('conflict', aboutThings('too_few_to_compare', { min: MIN_SAMPLES }));
  }
  const each = Math.max(MIN_SAMPLES, Math.floor(MAX_TRIED / things.length));
  const tried = things.map(({ samples }) => evenly(samples, each));
  const used = versionInUse(collection.things);
  const total = embedders.length * tried.flat().length;
  let done = 0;
  onProgress(done, total);

  const plain = new Map<string | undefined, Map<string, Float32Array>>();
  for (const embedder of embedders) {
    const views = await viewsBy(embedder);
    if (views) plain.set(embedder, views);
    done = (total * (embedders.indexOf(embedder) + 1)) / embedders.length;
    onProgress(done, total);
  }

  // What one of them could not see counts for none.
  const seen = tried.map((samples) =>
    samples.filter(({ id }) => [...plain.values()].every((views) => views.has(id))),
  );
  const found = new Map<string | undefined, Recognitions>();
  for (const [embedder, views] of plain) {
    const classes = seen.map((samples) => samples.flatMap(({ id }) => views.get(id) ?? []));
    const background =
      embedder === undefined
        ? undefined
        : await patiently(() => options.background(embedder), waitFor, signal);
    found.set(embedder, await learner.run({ kind: 'compare', classes, background }));
  }
  return outcome(found, collection.embedder);

  /** By sample; undefined where the model gives nothing that can be compared, or is gone: the others are. */
  async function viewsBy(embedder: string | undefined): Promise<Map<string, Float32Array> | undefined> {
    const views = new Map<string, Float32Array>();
    try {
      for (const sample of tried.flat()) {
        const view = await patiently(() => plainView(sample, embedder), waitFor, signal);
        if (view) views.set(sample.id, view);
        done += 1;
        onProgress(done, total);
      }
      return views;
    } catch (error) {
      const isOfModel =
        error instanceof CodedError && (error.code === 'conflict' || error.code === 'unknown_model');
      if (isOfModel && embedder !== collection.embedder) return undefined;
      throw error;
    }
  }

  /** Undefined where the picture cannot be read. */
  async function plainView(sample: StoredSample, embedder: string | undefined) {
    if (embedder === collection.embedder && sample.version === used) {
      const [view] = await collection.views(sample.id).catch(() => []);
      return view;
    }
    const found = await embedStored(collection, sample, context, { embedder, views: 1 });
    return found?.views[0];
  }
}

function outcome(found: ReadonlyMap<string | undefined, Recognitions>, inUse: string | undefined): Compared {
  const used = found.get(inUse);
  const byEmbedder = new Map<string | undefined, Pick<EmbedderInfo, 'recognised' | 'verdict'>>();
  let samples = 0;
  for (const [embedder, recognitions] of found) {
    const held = recognitions.filter((isRight) => isRight !== undefined);
    samples = held.length;
    if (samples === 0) continue;
    byEmbedder.set(embedder, {
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
