import { type ClassSamples, evenly, fitDirections, logitsOf, project } from './fitDirections.ts';

/** How sure a head may be. */
export interface Calibration {
  /** How sharply classes are told apart: how likely each value is, by samples that were held out. Weights sum up to 1. */
  readonly sharpness: readonly { readonly value: number; readonly weight: number }[];
  /** Share of the samples that the others recognise, 0..1; undefined where that cannot be tried. */
  readonly recognised: number | undefined;
}

/** Each sample is held out once, with a fifth of its class. */
const FOLDS = 5;
/** Samples that are tried, at most; of each class as many as of another, and two at the least. */
export const MAX_TRIED = 120;
/** Values of the sharpness that are weighed, evenly in their logarithm. */
const VALUES = Array.from({ length: 24 }, (_, i) => 400 ** (i / 23));
/** Less likely ones are left out. */
const MIN_WEIGHT = 1e-3;
/** A sample that is called wrong for certain, such as one of another thing by mistake, must not decide alone. */
const LEAST_SHARE = 1e-3;

/** Before there is anything to tell apart. */
export const UNCALIBRATED: Calibration = { sharpness: [{ value: 45, weight: 1 }], recognised: undefined };

/**
 * By cross-validation: how sure the head may be is weighed by how likely each sharpness makes the names of the samples that it was not
 * learned from. With few samples many values are as likely, and their mean is careful.
 */
export function calibrate(classes: ClassSamples): Calibration {
  const held = heldOut(classes);
  if (held.length === 0) return UNCALIBRATED;
  const logLikelihoods = VALUES.map((value) =>
    held.reduce(
      (sum, { logits, c }) => sum + Math.log(Math.max(LEAST_SHARE, softmax(logits, value)[c] ?? 0)),
      0,
    ),
  );
  const best = Math.max(...logLikelihoods);
  const weights = logLikelihoods.map((each) => Math.exp(each - best));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kept = VALUES.map((value, i) => ({ value, weight: (weights[i] ?? 0) / total })).filter(
    ({ weight }) => weight >= MIN_WEIGHT,
  );
  const sum = kept.reduce((all, { weight }) => all + weight, 0);
  const right = held.filter(({ logits, c }) => logits.indexOf(Math.max(...logits)) === c).length;
  return {
    sharpness: kept.map(({ value, weight }) => ({ value, weight: weight / sum })),
    recognised: right / held.length,
  };
}

/** A sample that was looked at by what was learned from others. */
export interface HeldOut {
  readonly logits: Float32Array;
  /** Its class, and its place in it. */
  readonly c: number;
  readonly at: number;
}

/** None where there are fewer than two classes of two samples. */
export function heldOut(classes: ClassSamples): readonly HeldOut[] {
  if (classes.length < 2 || classes.some((samples) => samples.length < 2)) return [];
  const each = Math.max(2, Math.floor(MAX_TRIED / classes.length));
  // Without the other views: how pictures differ from one another decides.
  const tried = classes.map((samples) =>
    evenly([...samples.entries()], each).map(([at, views]) => ({ at, views: views.slice(0, 1) })),
  );
  const held: HeldOut[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    // With few samples each, there are folds in which nothing is held out.
    if (tried.every((samples) => samples.length <= fold)) break;
    const isHeld = (place: number) => place % FOLDS === fold;
    const rest = tried.map((samples) =>
      samples.filter((_, place) => !isHeld(place)).map(({ views }) => views),
    );
    if (rest.some((samples) => samples.length === 0)) continue;
    const directions = fitDirections(rest);
    for (const [c, samples] of tried.entries()) {
      for (const { at, views } of samples.filter((_, place) => isHeld(place))) {
        const [plain] = views;
        if (plain) held.push({ logits: logitsOf(directions.lengths, project(directions, plain)), c, at });
      }
    }
  }
  return held;
}

export function softmax(logits: Float32Array, sharpness: number): Float32Array {
  const top = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(sharpness * (logit - top)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
