import type { Box } from '../geometry.ts';

/**
 * The outline of a mask: rings of points as flat lists x, y, x, y, …, in 0..1 of the frame on the wire. What lies within an odd
 * number of rings is of the thing (SVG's rule `evenodd`), so that a ring within another one is a hole, and two rings next
 * to each other are two parts of one thing.
 */
export type Outline = readonly (readonly number[])[];

/** The outline with each point changed. */
export const mapOutline = (
  outline: Outline,
  change: (x: number, y: number) => readonly [x: number, y: number],
): Outline =>
  outline.map((ring) => {
    const changed: number[] = [];
    for (let at = 0; at + 1 < ring.length; at += 2) changed.push(...change(ring[at] ?? 0, ring[at + 1] ?? 0));
    return changed;
  });

/** The outline in 0..1 of the box around it: what is left when place and size are known. */
export const shapeOfOutline = (outline: Outline, [left, top, width, height]: Box): Outline =>
  mapOutline(outline, (x, y) => [(x - left) / (width || 1), (y - top) / (height || 1)]);

/** The outline of a shape in a box. */
export const outlineInBox = (shape: Outline, [left, top, width, height]: Box): Outline =>
  mapOutline(shape, (x, y) => [left + x * width, top + y * height]);

/** The upright rectangle around it; undefined where there are no points. */
export function boxOfOutline(outline: Outline): Box | undefined {
  let [left, top] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [right, bottom] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const ring of outline) {
    for (let at = 0; at + 1 < ring.length; at += 2) {
      const [x = 0, y = 0] = [ring[at], ring[at + 1]];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  return left > right ? undefined : [left, top, right - left, bottom - top];
}

/** Twice the area of a ring, above 0 where it runs one way round and below where it runs the other. */
export function ringArea2(ring: readonly number[]): number {
  let sum = 0;
  const { length } = ring;
  for (let at = 0; at < length; at += 2) {
    const next = (at + 2) % length;
    sum += (ring[at] ?? 0) * (ring[next + 1] ?? 0) - (ring[next] ?? 0) * (ring[at + 1] ?? 0);
  }
  return sum;
}

/** What it encloses, in the unit of its points squared: as traced, holes run the other way round. */
export const areaOfOutline = (outline: Outline): number =>
  Math.abs(outline.reduce((sum, ring) => sum + ringArea2(ring), 0)) / 2;

export const pointsOf = (outline: Outline): number =>
  outline.reduce((count, ring) => count + ring.length / 2, 0);
