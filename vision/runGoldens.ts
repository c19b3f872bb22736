import { compareWithGolden } from './golden.ts';
import type { Size } from './steps.ts';
import type { GoldenComparison } from './tasks/comparison.ts';
import type { Golden, ModelAnswer } from './tasks/taskOf.ts';

/** A golden picture with its record. */
export interface GoldenPicture {
  /** The file, such as `goldens/1-cat.png`. */
  readonly picture: string;
  readonly golden: Golden;
  /** uint8 RGB of exactly the input's size; where that follows the picture, of `size`. */
  readonly pixels: Uint8Array;
  readonly size: Size;
}

/** One golden picture, and what a runtime gave for it. */
export interface GoldenCase {
  readonly picture: string;
  readonly golden: Golden;
  readonly answer: ModelAnswer;
  readonly comparison: GoldenComparison;
}

/** Goldens as a whole. */
export interface GoldenResult {
  readonly cases: readonly GoldenCase[];
  /** Number of pictures with the same best label; see GoldenComparison. */
  readonly sameTop: number;
  /** 0 without goldens. */
  readonly largestDifference: number;
  /** What recorded the first. */
  readonly recordedBy: string | undefined;
}

/**
 * Runs a model on its golden pictures, one after the other, and compares. The one way in which a model is proven: in a
 * worker, an importer and a browser.
 * @param goldens read one at a time, so that only one picture is in memory
 */
export async function runGoldens(
  goldens: Iterable<GoldenPicture> | AsyncIterable<GoldenPicture>,
  run: (pixels: Uint8Array, size: Size) => Promise<ModelAnswer>,
): Promise<GoldenResult> {
  const cases: GoldenCase[] = [];
  for await (const { picture, golden, pixels, size } of goldens) {
    cases.push(compared({ picture, golden, answer: await run(pixels, size) }));
  }
  return goldenResult(cases);
}

export const compared = (one: Omit<GoldenCase, 'comparison'>): GoldenCase => ({
  ...one,
  comparison: compareWithGolden(one.golden, one.answer),
});

export function goldenResult(cases: readonly GoldenCase[]): GoldenResult {
  return {
    cases,
    sameTop: cases.filter(({ comparison }) => comparison.sameTop).length,
    largestDifference: Math.max(0, ...cases.map(({ comparison }) => comparison.largest)),
    recordedBy: cases[0]?.golden.recordedBy,
  };
}
