import { middle, type Point, type Quad, sidesOfQuad } from '../quad.ts';
import { joinAll } from './joinAll.ts';

/** Of the distances between pieces of one line, in heights: along it, at most a space; a grown piece may reach into the next. */
const GAP = { most: 0.7, least: -1 } as const;
/** ...and across it. */
const MAX_OFFSET = 0.25;
/** How much they may differ in direction, as a sine, and in height, as a factor. */
const MAX_TURN = Math.sin((6 * Math.PI) / 180);
const MAX_STRETCH = 1.3;
/** Pieces are at least this much longer than high: a single letter has no direction. */
const MIN_LENGTH = 1.2;

/** Regions of which one goes on where the other ends become one line: the detector takes words in large letters apart. */
export const joinPieces = (regions: readonly Quad[]): Quad[] =>
  joinAll(regions, (a, b) => goesOn(a, b) || goesOn(b, a), joined);

/** Whether `right` goes on where `left` ends. */
function goesOn(left: Quad, right: Quad): boolean {
  const [a, b] = [sidesOfQuad(left), sidesOfQuad(right)];
  if (a.along < MIN_LENGTH * a.across || b.along < MIN_LENGTH * b.across) return false;
  const height = (a.across + b.across) / 2;
  if (Math.max(a.across, b.across) > MAX_STRETCH * Math.min(a.across, b.across)) return false;
  const [ux, uy] = direction(left, a.along);
  const [vx, vy] = direction(right, b.along);
  if (Math.abs(ux * vy - uy * vx) > MAX_TURN) return false;
  const end = middle(left[1], left[2]);
  const start = middle(right[0], right[3]);
  const along = (start[0] - end[0]) * ux + (start[1] - end[1]) * uy;
  const across = (start[1] - end[1]) * ux - (start[0] - end[0]) * uy;
  return along <= GAP.most * height && along >= GAP.least * height && Math.abs(across) <= MAX_OFFSET * height;
}

const direction = ([a, b, c, d]: Quad, along: number): Point => [
  (b[0] - a[0] + c[0] - d[0]) / (2 * along),
  (b[1] - a[1] + c[1] - d[1]) / (2 * along),
];

/** From the left end of the one to the right end of the other. */
function joined(a: Quad, b: Quad): Quad {
  const [left, right] = goesOn(a, b) ? [a, b] : [b, a];
  return [left[0], right[1], right[2], left[3]];
}
