import type { Label } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import type { Quad } from '../../vision/quad.ts';

/** A point in 0..1 of the frame. */
interface FramePoint {
  readonly x: number;
  readonly y: number;
}

/** How far a finger misses what it means, CSS pixels. */
const FINGER_PX = 20;

/** That in 0..1 of a picture that is shown in this many CSS pixels. */
export const tapSlack = ({ width, height }: { width: number; height: number }): FramePoint => ({
  x: FINGER_PX / width,
  y: FINGER_PX / height,
});

type Point = readonly [x: number, y: number];

/** What is shown, as the overlay draws it. */
export interface TapCandidate {
  readonly label: Label;
  /** Where its box is now, in 0..1 of the frame. */
  readonly box: Box | undefined;
  /** Where the corners of what was read are now, in 0..1 of the frame. The label has those where it was read last. */
  readonly quad?: Quad | undefined;
}

/**
 * What a tap on the picture means: the text or code under it before the things, the smallest first; where nothing is
 * under it, the nearest that a finger may have missed.
 *
 * @param point where the tap was, in 0..1 of the frame
 * @param slack how far a finger misses, in 0..1 of the frame's width and height
 * @returns undefined where nothing is there
 */
export function tapTarget(
  shown: readonly TapCandidate[],
  point: FramePoint,
  slack: { readonly x: number; readonly y: number },
): Label | undefined {
  let best: { label: Label; rank: readonly number[] } | undefined;
  for (const { label, box, quad } of shown) {
    const hit = quad ? hitQuad(quad, point, slack) : box && hitBox(box, point, slack);
    if (hit === undefined) continue;
    const rank = [hit.miss, quad ? 0 : 1, hit.area];
    if (best === undefined || isBefore(rank, best.rank)) best = { label, rank };
  }
  return best?.label;
}

interface Hit {
  /** 0: within it; else how far it was missed, as a share of the slack. */
  readonly miss: number;
  readonly area: number;
}

function hitBox([x, y, width, height]: Box, point: FramePoint, slack: FramePoint): Hit | undefined {
  const dx = Math.max(0, x - point.x, point.x - (x + width));
  const dy = Math.max(0, y - point.y, point.y - (y + height));
  const miss = Math.hypot(dx / slack.x, dy / slack.y);
  return miss <= 1 ? { miss, area: width * height } : undefined;
}

function hitQuad(quad: readonly Point[], { x, y }: FramePoint, slack: FramePoint): Hit | undefined {
  // In units of the slack, where a finger misses as far to the side as up and down.
  const corners = quad.map(([cornerX, cornerY]): Point => [(cornerX - x) / slack.x, (cornerY - y) / slack.y]);
  let doubleArea = 0;
  let miss = Number.POSITIVE_INFINITY;
  let isInside = false;
  corners.forEach((from, index) => {
    const to = corners[(index + 1) % corners.length] ?? from;
    doubleArea += from[0] * to[1] - to[0] * from[1];
    miss = Math.min(miss, distanceFromOrigin(from, to));
    // Even-odd rule: a line from the point to the right crosses an odd number of edges.
    const crosses = from[1] > 0 !== to[1] > 0;
    if (crosses && from[0] + ((to[0] - from[0]) * -from[1]) / (to[1] - from[1]) > 0) isInside = !isInside;
  });
  const area = (Math.abs(doubleArea) / 2) * slack.x * slack.y;
  if (isInside) return { miss: 0, area };
  return miss <= 1 ? { miss, area } : undefined;
}

function distanceFromOrigin([ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const at = length === 0 ? 0 : Math.max(0, Math.min(1, -(ax * dx + ay * dy) / length));
  return Math.hypot(ax + at * dx, ay + at * dy);
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}
