/** Numbers of an embedding of a thing. */
export const EMBEDDING_SIZE = 576;

/** One picture of a thing, as the head learns from it. */
export interface TaughtSample {
  readonly id: string;
  /** In ms since 1970. */
  readonly takenAtMs: number;
  /** Embeddings of its views, `EMBEDDING_SIZE` numbers each, not normalised; the plain one first. */
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
