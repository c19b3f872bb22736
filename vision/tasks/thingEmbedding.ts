import type { Box } from '../geometry.ts';

/** A part of a picture that may be a thing. */
export interface ThingRegion {
  /** In 0..1 of the picture. */
  readonly box: Box;
  /** Found by the detector, the square in the middle, or all of the picture. */
  readonly source: 'detected' | 'middle' | 'whole';
  /** Of the detector; of the name once there is one. */
  readonly score: number;
  /** `EMBEDDING_SIZE` numbers, not normalised. */
  readonly embedding: Float32Array;
  /** The name of a taught thing, or `unknown`; absent where nothing is shown. */
  readonly label?: string;
}

/** What may be things, detected ones first. */
export interface ThingAnswer {
  readonly task: 'thing-embedding';
  readonly regions: readonly ThingRegion[];
}
