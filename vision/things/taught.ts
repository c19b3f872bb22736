/** Numbers of an embedding of a thing by the shipped model. */
export const EMBEDDING_SIZE = 576;

/** One picture of a thing, as the head learns from it. */
export interface TaughtSample {
  readonly id: string;
  /** In ms since 1970. */
  readonly takenAtMs: number;
  /** Embeddings of its views, not normalised, all of one size; the plain one first. */
  readonly views: readonly Float32Array[];
}

/** Something that a person named, with its samples. */
export interface TaughtThing {
  readonly id: string;
  readonly name: string;
  /** What is none of the things: it is called unknown. */
  readonly isNothing: boolean;
  /** Oldest first. */
  readonly samples: readonly TaughtSample[];
}

/** Samples of a thing that are learned from in all their views: more of them show enough by themselves, and would take five times the memory. */
const SAMPLES_IN_ALL_VIEWS = 10;

/** The views that are kept of one more sample. @param before number of samples that its thing has already */
export const viewsToKeep = <View>(views: readonly View[], before: number): readonly View[] =>
  before < SAMPLES_IN_ALL_VIEWS ? views : views.slice(0, 1);
