import type { Point, Quad } from '../quad.ts';

/** How likely each pixel is to lie within a line of text, row by row, 0..1. */
export interface ProbabilityMap {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** A pixel is text from this probability on, and a region from this mean: those of PaddleOCR. */
const PIXEL_THRESHOLD = 0.3;
const REGION_THRESHOLD = 0.6;
/** The detector marks the middle of a line; a region grows by its area times this, divided by its perimeter. */
const GROWTH = 1.5;
/** Regions that are thinner than this, in pixels of the map, are noise. */
const MIN_THICKNESS_PX = 3;
/** Regions of a picture that are read at most, largest first. */
const MAX_REGIONS = 200;

/**
 * Lines of text in a probability map: connected pixels, the smallest rectangle around them in any direction, grown to the
 * whole height of the letters (differentiable binarisation, Liao et al. 2020, https://arxiv.org/abs/1911.08947).
 * @returns corners in pixels of the map; the first edge of each is the one that is nearest to level, left to right
 */
export function findRegions(map: ProbabilityMap): Quad[] {
  const seen = new Uint8Array(map.data.length);
  const found: { quad: Quad; pixels: number }[] = [];
  for (let at = 0; at < map.data.length; at++) {
    if (seen[at] === 1 || (map.data[at] ?? 0) <= PIXEL_THRESHOLD) continue;
    const { points, pixels, score } = flood(map, at, seen);
    if (score < REGION_THRESHOLD) continue;
    const rectangle = smallestRectangle(convexHull(points));
    if (rectangle.thickness < MIN_THICKNESS_PX) continue;
    found.push({ quad: rectangle.grown(GROWTH), pixels });
  }
  return found
    .sort((a, b) => b.pixels - a.pixels)
    .slice(0, MAX_REGIONS)
    .map(({ quad }) => quad);
}

/** All pixels that are connected with one, by sides or corners. `points` are the ends of its rows, which a hull needs. */
function flood(
  { data, width, height }: ProbabilityMap,
  start: number,
  seen: Uint8Array,
): { points: Point[]; pixels: number; score: number } {
  const rows = new Map<number, [left: number, right: number]>();
  const stack = [start];
  seen[start] = 1;
  let pixels = 0;
  let sum = 0;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const x = at % width;
    const y = (at - x) / width;
    pixels += 1;
    sum += data[at] ?? 0;
    const row = rows.get(y);
    if (row === undefined) rows.set(y, [x, x]);
    else {
      if (x < row[0]) row[0] = x;
      if (x > row[1]) row[1] = x;
    }
    for (let nextY = Math.max(0, y - 1); nextY <= Math.min(height - 1, y + 1); nextY++) {
      for (let nextX = Math.max(0, x - 1); nextX <= Math.min(width - 1, x + 1); nextX++) {
        const next = nextY * width + nextX;
        if (seen[next] === 1 || (data[next] ?? 0) <= PIXEL_THRESHOLD) continue;
        seen[next] = 1;
        stack.push(next);
      }
    }
  }
  // A pixel is a square, not a point.
  const points = [...rows].flatMap(([y, [left, right]]): Point[] => [
    [left, y],
    [right + 1, y],
    [left, y + 1],
    [right + 1, y + 1],
  ]);
  return { points, pixels, score: sum / pixels };
}

/** Andrew's monotone chain, counter-clockwise where y points up. */
function convexHull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const chain = (ordered: readonly Point[]): Point[] => {
    const kept: Point[] = [];
    for (const point of ordered) {
      for (;;) {
        const [a, b] = [kept.at(-2), kept.at(-1)];
        if (a === undefined || b === undefined || cross(a, b, point) > 0) break;
        kept.pop();
      }
      kept.push(point);
    }
    kept.pop();
    return kept;
  };
  return [...chain(sorted), ...chain(sorted.toReversed())];
}

const cross = (a: Point, b: Point, c: Point): number =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

interface Rectangle {
  readonly thickness: number;
  /** Each side moved outwards by area x ratio / perimeter. */
  grown(ratio: number): Quad;
}

/** The rectangle of the least area around a hull: one of its sides lies on a side of the hull. */
function smallestRectangle(hull: readonly Point[]): Rectangle {
  let best: { area: number; ux: number; uy: number; bounds: Bounds } | undefined;
  hull.forEach((from, i) => {
    const to = hull[(i + 1) % hull.length] ?? from;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    if (length === 0) return;
    let [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
    // Of the four directions of the sides the one that is nearest to level, left to right.
    if (Math.abs(uy) > Math.abs(ux)) [ux, uy] = [-uy, ux];
    if (ux < 0) [ux, uy] = [-ux, -uy];
    const bounds = boundsAlong(hull, ux, uy);
    const area = (bounds.right - bounds.left) * (bounds.bottom - bounds.top);
    if (best === undefined || area < best.area) best = { area, ux, uy, bounds };
  });
  if (best === undefined) return { thickness: 0, grown: () => [ZERO, ZERO, ZERO, ZERO] };
  const { ux, uy, bounds } = best;
  const width = bounds.right - bounds.left;
  const height = bounds.bottom - bounds.top;
  return {
    thickness: Math.min(width, height),
    grown(ratio) {
      const by = (width * height * ratio) / (2 * (width + height));
      const corner = (along: number, across: number): Point => [
        along * ux - across * uy,
        along * uy + across * ux,
      ];
      const [left, right] = [bounds.left - by, bounds.right + by];
      const [top, bottom] = [bounds.top - by, bounds.bottom + by];
      return [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)];
    },
  };
}

const ZERO: Point = [0, 0];

interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Of points, along the direction (ux, uy) and across it. */
function boundsAlong(points: readonly Point[], ux: number, uy: number): Bounds {
  const along = points.map(([x, y]) => x * ux + y * uy);
  const across = points.map(([x, y]) => y * ux - x * uy);
  return {
    left: Math.min(...along),
    right: Math.max(...along),
    top: Math.min(...across),
    bottom: Math.max(...across),
  };
}
