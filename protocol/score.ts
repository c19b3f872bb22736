import * as v from 'valibot';

const of = {
  /** When it was measured, ISO 8601. */
  at: v.string(),
  /** Name of the folder with the pictures; empty for those who may not change models. */
  set: v.string(),
  /** Number of pictures that were judged. */
  pictures: v.number(),
};

/** How good a version is on pictures whose truth is known: what is kept with it. Each number is 0..1. */
export const ModelScore = v.variant('kind', [
  /** Average precision as COCO has it. */
  v.object({
    kind: v.literal('boxes'),
    ...of,
    /** Number of things to be found. */
    things: v.number(),
    /** Mean over overlaps of 0.50 to 0.95. */
    ap: v.number(),
    /** At an overlap of 0.50. */
    ap50: v.number(),
  }),
  /** Share of pictures whose name is the best, or among the best five. */
  v.object({
    kind: v.literal('names'),
    ...of,
    /** Number of names that the pictures have. */
    classes: v.number(),
    top1: v.number(),
    /** Absent of models with five names or fewer. */
    top5: v.optional(v.number()),
  }),
  /** Classes of pixels. */
  v.object({
    kind: v.literal('pixels'),
    ...of,
    /** Number of classes that the pictures have. */
    classes: v.number(),
    /** Mean of the classes' intersection over union. */
    meanIou: v.number(),
    /** Share of the labelled pixels that have the right class. */
    right: v.number(),
  }),
]);
export type ModelScore = v.InferOutput<typeof ModelScore>;

/** One version in a report. */
export interface VersionScore {
  readonly version: string;
  readonly score: ModelScore;
  /** Further numbers of all pictures, 0..1, by what they are called; absent where nothing is of the kind. */
  readonly more: Readonly<Record<string, number>>;
  /** In the order of the truth; numbers by what they are called. */
  readonly classes: readonly ClassScore[];
  /** The worst first; those without a fault are not listed. */
  readonly worst: readonly JudgedPicture[];
  /** What a person should know of how it was judged. */
  readonly notes: readonly string[];
}

export interface ClassScore {
  readonly label: string;
  /** Number of things, pictures or pixels. */
  readonly count: number;
  /** Average precision, share of pictures with the right name, or intersection over union of pixels. */
  readonly score: number;
}

/** What a model made of a picture, as a person would see it. */
export interface JudgedPicture {
  readonly picture: string;
  /** How bad: faults of a detector, by how much a wrong name is surer than the right one, or the share of pixels with a wrong class. */
  readonly faults: number;
  /** What is there and was not found. */
  readonly missed: readonly string[];
  /** What was found and is not there. */
  readonly wrong: readonly { readonly label: string; readonly score: number }[];
}

/** What `livelens models score` says. */
export interface ScoreReport {
  readonly id: string;
  readonly name: string;
  readonly versions: readonly VersionScore[];
  /** Pictures that could not be read, and why. */
  readonly skipped: readonly { readonly picture: string; readonly why: string }[];
}
