import { CARRY_DEFAULTS, type CarryOptions, reachMs, shareLeft } from './carry.ts';
import { LEAST_POINT_SCORE, POINT_SIZE, type Points } from './points.ts';

/** What is known of the movement of a thing's key points; as `Motion` for its box, but each point on its own. */
export interface PointsMotion {
  /** The last points seen. */
  readonly points: Points;
  readonly seenAtMs: number;
  /** Change per millisecond of each number; 0 for scores, and for points that were not found in both frames. */
  readonly velocity: readonly number[];
  /** How far each number on screen was from the new estimate when that came; fades to nothing. */
  readonly gap: readonly number[];
  readonly gapAtMs: number;
}

/**
 * Takes in a sighting of the points, as `follow` does of a box: a waving hand is carried though the box around its person
 * stands still.
 */
export function followPoints(
  previous: PointsMotion | undefined,
  seen: { readonly points: Points; readonly atMs: number },
  shownAtMs: number,
  options: CarryOptions = CARRY_DEFAULTS,
): PointsMotion {
  const { points, atMs } = seen;
  const still = points.map(() => 0);
  const begun = { points, seenAtMs: atMs, velocity: still, gap: still, gapAtMs: shownAtMs };
  if (previous?.points.length !== points.length) return begun;
  const elapsedMs = atMs - previous.seenAtMs;
  if (elapsedMs <= 0) return previous;
  const { velocityWeight, horizonMs, settleMs } = options;
  const deadband = options.deadbandPerS / 1000;
  const velocity = points.map((now, at) => {
    if (elapsedMs > horizonMs || !isPlace(previous.points, points, at)) return 0;
    const before = previous.velocity[at] ?? 0;
    const speed = before + ((now - (previous.points[at] ?? now)) / elapsedMs - before) * velocityWeight;
    return Math.abs(speed) < deadband ? 0 : speed;
  });
  const estimate = { ...begun, velocity };
  if (settleMs <= 0) return estimate;
  const [shown, next] = [
    carryPoints(previous, shownAtMs, options),
    carryPoints(estimate, shownAtMs, options),
  ];
  const gap = points.map((_, at) =>
    isPlace(previous.points, points, at) ? (shown[at] ?? 0) - (next[at] ?? 0) : 0,
  );
  return { ...estimate, gap };
}

/** The points at `atMs`; see `carry`. */
export function carryPoints(
  { points, seenAtMs, velocity, gap, gapAtMs }: PointsMotion,
  atMs: number,
  options: CarryOptions = CARRY_DEFAULTS,
): Points {
  const [reach, left] = [reachMs(seenAtMs, atMs, options), shareLeft(gapAtMs, atMs, options)];
  return points.map((value, at) => value + (velocity[at] ?? 0) * reach + (gap[at] ?? 0) * left);
}

/** Whether a number is a coordinate of a point that was found before and now. */
function isPlace(before: Points, now: Points, at: number): boolean {
  const score = at - (at % POINT_SIZE) + 2;
  return at !== score && Math.min(before[score] ?? 0, now[score] ?? 0) >= LEAST_POINT_SCORE;
}
