import type { PointsLayout } from '../../protocol/points.ts';
import type { RectPx } from '../../vision/geometry.ts';
import { LEAST_POINT_SCORE, POINT_SIZE, type Points } from '../../vision/points.ts';

/** What is drawn of the key points of a thing, as data of SVG paths in pixels; empty where there is nothing. */
export interface Skeleton {
  /** A line for each edge of which both ends are found. */
  readonly bones: string;
  /** A dot for each point that is found: a line without a length, whose ends are round. */
  readonly joints: string;
}

/**
 * @param layout which points belong together; undefined: only dots are drawn
 * @param frame where the picture lies
 */
export function skeletonOf(
  points: Points,
  layout: PointsLayout | undefined,
  { content, mirrored }: { readonly content: RectPx; readonly mirrored: boolean },
): Skeleton {
  const minScore = layout?.minScore ?? LEAST_POINT_SCORE;
  const places: (string | undefined)[] = [];
  for (let at = 0; at + 2 < points.length; at += POINT_SIZE) {
    const [x = 0, y = 0, score = 0] = [points[at], points[at + 1], points[at + 2]];
    const across = content.x + (mirrored ? 1 - x : x) * content.width;
    const down = content.y + y * content.height;
    places.push(score >= minScore ? `${across.toFixed(1)} ${down.toFixed(1)}` : undefined);
  }
  let bones = '';
  for (const [from, to] of layout?.edges ?? []) {
    const [start, end] = [places[from], places[to]];
    if (start !== undefined && end !== undefined) bones += `M${start}L${end}`;
  }
  let joints = '';
  for (const place of places) if (place !== undefined) joints += `M${place}h0`;
  return { bones, joints };
}

/** How many points of a thing are found. */
export function foundPoints(points: Points, layout: PointsLayout | undefined): number {
  const minScore = layout?.minScore ?? LEAST_POINT_SCORE;
  let found = 0;
  for (let at = 2; at < points.length; at += POINT_SIZE) if ((points[at] ?? 0) >= minScore) found += 1;
  return found;
}
