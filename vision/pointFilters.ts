import { type OneEuroOptions, type OneEuroState, startOneEuro, stepOneEuro } from './oneEuroFilter.ts';
import { LEAST_POINT_SCORE, mapPoints, type Points } from './points.ts';

/** The key points of a thing, smoothed from frame to frame: plain data. */
export type PointFilters = readonly PointFilter[];

interface PointFilter {
  readonly x: OneEuroState;
  readonly y: OneEuroState;
  /** Smoothed: near the limit from which a point is drawn it does not come and go with each frame. */
  readonly score: number;
  /** Whether it was found in the last frame: from elsewhere, it is not drawn across the picture. */
  readonly isFound: boolean;
}

/** Limbs are quicker than the things that they belong to. */
const PLACE: OneEuroOptions = { minCutoffHz: 1, beta: 20, speedCutoffHz: 1 };
/** Share of the newest score. */
const SCORE_WEIGHT = 0.5;

export function startPoints(points: Points, atMs: number): PointFilters {
  const filters: PointFilter[] = [];
  mapPoints(points, (x, y, score) => {
    filters.push(startPoint(x, y, score, atMs));
    return [x, y, score];
  });
  return filters;
}

const startPoint = (x: number, y: number, score: number, atMs: number): PointFilter => ({
  x: startOneEuro(x, atMs),
  y: startOneEuro(y, atMs),
  score,
  isFound: score >= LEAST_POINT_SCORE,
});

/** The points after one more frame; those of another number are of another model, and begin anew. */
export function stepPoints(before: PointFilters | undefined, points: Points, atMs: number): PointFilters {
  const now = startPoints(points, atMs);
  if (before?.length !== now.length) return now;
  return now.map((point, index): PointFilter => {
    const last = before[index];
    if (last === undefined) return point;
    const score = last.score + SCORE_WEIGHT * (point.score - last.score);
    // Between a place that means nothing and another one nothing lies.
    if (!last.isFound || !point.isFound) return { ...point, score };
    return {
      x: stepOneEuro(last.x, point.x.value, atMs, PLACE),
      y: stepOneEuro(last.y, point.y.value, atMs, PLACE),
      score,
      isFound: true,
    };
  });
}

export const filteredPoints = (filters: PointFilters): Points =>
  filters.flatMap(({ x, y, score }) => [x.value, y.value, score]);
