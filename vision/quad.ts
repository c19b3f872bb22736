import type { Box } from './geometry.ts';

export type Point = readonly [x: number, y: number];

/**
 * Four corners, clockwise from the top left of what they enclose, however that is turned in the picture: what is written there
 * runs from the first corner to the second. In 0..1 of the frame on the wire; functions here take any unit.
 */
export type Quad = readonly [Point, Point, Point, Point];

/** The same corners, beginning with another one: `turns` quarter turns of the text clockwise. */
export function turnedQuad(quad: Quad, turns: number): Quad {
  const at = (corner: number): Point => quad[(corner + turns) % 4] ?? quad[0];
  return [at(0), at(1), at(2), at(3)];
}

/** The quad of what `change` makes of each corner. */
export function mapQuad([a, b, c, d]: Quad, change: (corner: Point, index: number) => Point): Quad {
  return [change(a, 0), change(b, 1), change(c, 2), change(d, 3)];
}

/** Each corner with its coordinates times `x` and `y`. */
export const scaledQuad = (quad: Quad, x: number, y: number): Quad =>
  mapQuad(quad, (corner) => [corner[0] * x, corner[1] * y]);

/** The upright rectangle around it. */
export function boxOfQuad(quad: Quad): Box {
  const xs = quad.map(([x]) => x);
  const ys = quad.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left, Math.max(...ys) - top];
}

/** The corners in 0..1 of the box around them: what is left when place and size are known. */
export const shapeOfQuad = (quad: Quad, [x, y, width, height]: Box): Quad =>
  mapQuad(quad, (corner) => [(corner[0] - x) / (width || 1), (corner[1] - y) / (height || 1)]);

/** The corners of a shape in a box. */
export const quadInBox = (shape: Quad, [x, y, width, height]: Box): Quad =>
  mapQuad(shape, (corner) => [x + corner[0] * width, y + corner[1] * height]);

/** The middle of its corners. */
export const centreOfQuad = (quad: Quad): Point => [
  quad.reduce((sum, [x]) => sum + x, 0) / 4,
  quad.reduce((sum, [, y]) => sum + y, 0) / 4,
];

/** The point between two. */
export const middle = (a: Point, b: Point): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

/** How far the middles of two are apart. */
export const centreDistance = (a: Quad, b: Quad): number => {
  const [from, to] = [centreOfQuad(a), centreOfQuad(b)];
  return Math.hypot(to[0] - from[0], to[1] - from[1]);
};

/** Mean lengths of the sides along the text, and across it. */
export function sidesOfQuad([a, b, c, d]: Quad): { along: number; across: number } {
  const length = (from: Point, to: Point) => Math.hypot(to[0] - from[0], to[1] - from[1]);
  return { along: (length(a, b) + length(d, c)) / 2, across: (length(a, d) + length(b, c)) / 2 };
}

/** The shorter of them: the height of a line, however it runs. */
export function thicknessOfQuad(quad: Quad): number {
  const { along, across } = sidesOfQuad(quad);
  return Math.min(along, across);
}
