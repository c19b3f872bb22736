import { BACKGROUND } from './background.ts';
import { type Calibration, calibrate, softmax } from './calibrate.ts';
import { type Directions, fitDirections, logitsOf, project } from './fitDirections.ts';
import type { TaughtThing } from './taught.ts';

/** A model that embeds things in place of the shipped one. */
export interface HeadEmbedder {
  /** Its id. */
  readonly model: string;
  /** What it makes of the average picture, which shows nothing in particular: the mean of normalised embeddings. */
  readonly background: Float32Array;
}

/** What was learned from samples: it names embeddings. A value. */
export interface Head {
  /** What it tells apart, in the order of the directions; `isNothing`: what is none of the things. */
  readonly classes: readonly HeadClass[];
  readonly directions: Directions;
  readonly calibration: Calibration;
  /** What embeds what it names; absent for the shipped model. */
  readonly embedder?: HeadEmbedder | undefined;
  /** Version of the model that embedded what was taught: it names embeddings of no other. Absent where it is not known. */
  readonly version?: string | undefined;
}

export interface HeadClass {
  readonly id: string;
  readonly name: string;
  readonly isNothing: boolean;
}

/** What an embedding shows. */
export interface Recognised {
  /** Undefined: unknown, or none of the things. */
  readonly thing: { readonly id: string; readonly name: string } | undefined;
  /** How likely that is, 0..1: of those at 0.8 about 80 % are right. */
  readonly score: number;
  /** The thing that it is nearest to, known or not; undefined where nothing was taught. */
  readonly nearest: { readonly id: string; readonly name: string } | undefined;
}

/**
 * From which part of the way from the average picture (0) to what was taught (1) on something counts as known. What was taught, seen
 * again, lies at 0.98 in the mean, playing cards photographed anew at 0.90 (0.11 of standard deviation), other things at 0.2 to 0.5.
 */
export const KNOWN_FROM = 0.65;
/** How steep the change from unknown to known is. */
export const KNOWN_SLOPE = 14;

/**
 * Learns from all samples, in milliseconds. What has no sample yet is left out.
 * @param by.embedder what embedded them; undefined for the shipped model
 * @param by.version of that model
 */
export function learnHead(
  things: readonly TaughtThing[],
  { embedder, version }: Pick<Head, 'embedder' | 'version'> = {},
): Head {
  const taught = things.filter(({ samples }) => samples.length > 0);
  const classes = taught.map(({ id, name, isNothing }) => ({ id, name, isNothing }));
  const samples = taught.map((thing) =>
    thing.samples.map(({ views }) => views.map((view) => normalised(view, embedder))),
  );
  return {
    classes,
    directions: fitDirections(samples),
    calibration: calibrate(samples),
    ...(embedder && { embedder }),
    ...(version !== undefined && { version }),
  };
}

/** Whether it names what this version of its model embeds: vectors of two versions are not to be mixed. */
export const namesFrom = (head: Head, version: string): boolean => (head.version ?? version) === version;

/** @param embedding of the model that embedded what was taught, not normalised */
export function recognise(head: Head, embedding: Float32Array): Recognised {
  const { shares, best, known } = compared(head, embedding);
  const found = head.classes[best];
  if (found === undefined || found.isNothing || known < 0.5) {
    return { thing: undefined, score: found?.isNothing ? (shares[best] ?? 0) : 1 - known, nearest: found };
  }
  return { thing: { id: found.id, name: found.name }, score: known * (shares[best] ?? 0), nearest: found };
}

/**
 * How likely each of the things is that the head can name (`namedBy`), and last that it is none of them: they sum to 1. What `recognise`
 * finds has its score here; from 0.5 on it is also the best of them.
 * @param embedding see `recognise`
 */
export function likelihoods(head: Head, embedding: Float32Array): Float32Array {
  const { shares, known } = compared(head, embedding);
  const named = [...shares]
    .filter((_, c) => head.classes[c]?.isNothing === false)
    .map((share) => known * share);
  const unknown = 1 - named.reduce((sum, likelihood) => sum + likelihood, 0);
  return Float32Array.from([...named, Math.max(0, unknown)]);
}

/** How likely each class is among those that were taught, which one is nearest, and how likely it is that one of them. */
function compared({ directions, calibration, embedder }: Head, embedding: Float32Array) {
  const along = project(directions, normalised(embedding, embedder));
  const shares = sharesOf(directions, calibration, along);
  const best = shares.indexOf(Math.max(...shares));
  const known = knownShare((along[best] ?? 0) / (directions.lengths[best] ?? 1));
  return { shares, best, known };
}

const SHIPPED: Pick<HeadEmbedder, 'background'> = { background: BACKGROUND };

/** Moved to the average picture and brought to length 1. */
export function normalised(
  embedding: Float32Array,
  { background }: Pick<HeadEmbedder, 'background'> = SHIPPED,
): Float32Array {
  let squares = 0;
  for (const value of embedding) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  return embedding.map((value, at) => value / length - (background[at] ?? 0));
}

/** How likely each class is among those that were taught. */
function sharesOf({ lengths }: Directions, { sharpness }: Calibration, along: Float32Array): Float32Array {
  const logits = logitsOf(lengths, along);
  const shares = new Float32Array(logits.length);
  for (const { value, weight } of sharpness) {
    const each = softmax(logits, value);
    for (const [c, share] of each.entries()) shares[c] = (shares[c] ?? 0) + weight * share;
  }
  return shares;
}

const knownShare = (part: number): number => 1 / (1 + Math.exp(-KNOWN_SLOPE * (part - KNOWN_FROM)));

/** What it can name. */
export const namedBy = ({ classes }: Head): readonly HeadClass[] =>
  classes.filter(({ isNothing }) => !isNothing);
