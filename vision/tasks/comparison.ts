import * as v from 'valibot';

/**
 * How far an answer may be from the recorded one; `embedding` is the least cosine of the angle between both, `points` the
 * least similarity of key points (`pointSimilarity`).
 */
export const GOLDEN_TOLERANCE = { score: 0.02, iou: 0.95, embedding: 0.999, points: 0.97 } as const;

/** What a golden allows instead, where its model is not the same to the last digits on every runtime: one in int8. */
export const OwnTolerance = v.strictObject({
  score: v.pipe(v.number(), v.minValue(0), v.maxValue(0.2)),
  iou: v.pipe(v.number(), v.minValue(0.5), v.maxValue(1)),
  embedding: v.pipe(v.number(), v.minValue(0.9), v.maxValue(1)),
  points: v.optional(v.pipe(v.number(), v.minValue(0.7), v.maxValue(1))),
});
export type OwnTolerance = v.InferOutput<typeof OwnTolerance>;

/** A golden compared with what a model gave for its picture. */
export interface GoldenComparison {
  /** What differs by more than is allowed, in words; empty where they agree. */
  differences: string[];
  /** The largest difference of two scores, or of two numbers of an embedding, divided by its longest. */
  largest: number;
  /**
   * Whether the best label is the same, or one that was recorded as good as the best, by what a score may differ; where a
   * task has no scores, whether it agrees.
   */
  sameTop: boolean;
}

/** Which of two recorded scores that are so near each other is the higher one, another runtime may see otherwise. */
export const isAsGoodAs = (score: number, top: number): boolean => score >= top - GOLDEN_TOLERANCE.score;

/** Of the angle between two vectors of one length, -1..1; not a number where one is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i] ?? Number.NaN, b[i] ?? Number.NaN];
    dot += one * other;
    squaresA += one * one;
    squaresB += other * other;
  }
  return dot / Math.sqrt(squaresA * squaresB);
}

/** Numbers in a golden's file. */
export const roundForRecord = (value: number): number => Number(value.toFixed(6));

/** A score in a line of text; two decimals. */
export const scoreText = (score: number | undefined): string => (score ?? Number.NaN).toFixed(2);

/** A label in a line of text, which stays one line. */
export const shortLabel = (label: string): string => (label.length > 40 ? `${label.slice(0, 39)}…` : label);

/** A score that is not a number sorts below all others; a float32 may be a little above 1. */
export const toScore = (score = 0): number => (Number.isNaN(score) ? 0 : Math.min(1, Math.max(0, score)));
