/**
 * Key points of one thing, one after the other, as on the wire: x, y in 0..1 of the frame, and a score in 0..1. A model
 * gives each thing the same number of them.
 */
export type Points = readonly number[];

/** How many numbers a point has. */
export const POINT_SIZE = 3;

/** A point of a lower score may stand anywhere, whatever the model. */
export const LEAST_POINT_SCORE = 0.3;

/** What `change` makes of each point. */
export function mapPoints(
  points: Points,
  change: (x: number, y: number, score: number, index: number) => readonly [number, number, number],
): Points {
  const changed: number[] = [];
  for (let at = 0; at + 2 < points.length; at += POINT_SIZE) {
    changed.push(...change(points[at] ?? 0, points[at + 1] ?? 0, points[at + 2] ?? 0, at / POINT_SIZE));
  }
  return changed;
}

/**
 * How alike two sets of points of one thing are, 0..1: the object keypoint similarity of COCO
 * (https://cocodataset.org/#keypoints-eval) with one constant for all points, since what they are may not be known.
 * Counted are the points that the first set has with `minScore` or more; 1 where it has none.
 * @param area of the thing's box, in the square of the points' unit
 */
export function pointSimilarity(expected: Points, found: Points, area: number, minScore: number): number {
  if (expected.length !== found.length) return 0;
  let sum = 0;
  let count = 0;
  for (let at = 0; at + 2 < expected.length; at += POINT_SIZE) {
    if ((expected[at + 2] ?? 0) < minScore) continue;
    const dx = (found[at] ?? Number.NaN) - (expected[at] ?? 0);
    const dy = (found[at + 1] ?? Number.NaN) - (expected[at + 1] ?? 0);
    const similarity = Math.exp(-(dx * dx + dy * dy) / (2 * Math.max(area, 1e-12) * FALLOFF ** 2));
    sum += Number.isNaN(similarity) ? 0 : similarity;
    count += 1;
  }
  return count === 0 ? 1 : sum / count;
}

/** Of COCO's 17 points these constants are 0.05 (eyes) to 0.21 (hips). */
const FALLOFF = 0.1;
