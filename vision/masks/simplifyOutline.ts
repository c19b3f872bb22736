import { type Outline, pointsOf, ringArea2 } from './outline.ts';

/** Maximum number of points of an outline: as JSON with four digits each takes at most 14 bytes, together below 3 KB. */
export const MAX_POINTS = 200;

export interface SimplifyOptions {
  /** How far the outline may leave the traced one at first, in the unit of its points. */
  readonly tolerance: number;
  /** More is allowed until there are at most so many points. Default `MAX_POINTS`. */
  readonly maxPoints?: number;
  /** Smaller rings, as shares of the area of the largest, are left out: specks and pinholes. Default 0.01. */
  readonly leastRing?: number;
}

/**
 * The outline with fewer points: each ring by Ramer, Douglas and Peucker's algorithm (Douglas and Peucker 1973), with a
 * tolerance that grows until there are few enough. Rings that are left out at last are the smallest.
 */
export function simplifyOutline(
  outline: Outline,
  { tolerance, maxPoints = MAX_POINTS, leastRing = 0.01 }: SimplifyOptions,
): Outline {
  const areas = outline.map((ring) => Math.abs(ringArea2(ring)));
  const least = leastRing * areas.reduce((most, area) => Math.max(most, area), 0);
  const rings = outline
    .map((ring, at) => ({ ring, area: areas[at] ?? 0 }))
    .filter(({ area }) => area > 0 && area >= least)
    .sort((a, b) => b.area - a.area)
    .slice(0, Math.floor(maxPoints / 3))
    .map(({ ring }) => ring);
  for (let allowed = tolerance, round = 0; ; allowed *= 1.5, round++) {
    const simpler = rings.map((ring) => simplifyRing(ring, allowed)).filter((ring) => ring.length >= 6);
    if (pointsOf(simpler) <= maxPoints) return simpler;
    // Many small rings that no tolerance makes fewer.
    if (round >= 12) rings.pop();
  }
}

function simplifyRing(ring: readonly number[], tolerance: number): number[] {
  const count = ring.length / 2;
  const x = (at: number) => ring[2 * (at % count)] ?? 0;
  const y = (at: number) => ring[2 * (at % count) + 1] ?? 0;
  // A ring has no ends: it is parted at two points that stay, the second the farthest from the first.
  let far = 0;
  let farthest = -1;
  for (let at = 1; at < count; at++) {
    const distance = (x(at) - x(0)) ** 2 + (y(at) - y(0)) ** 2;
    if (distance > farthest) [far, farthest] = [at, distance];
  }
  const kept = new Uint8Array(count);
  kept[0] = 1;
  kept[far] = 1;
  const spans: [number, number][] = [
    [0, far],
    [far, count],
  ];
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const [from, to] = span;
    const [ax, ay, dx, dy] = [x(from), y(from), x(to) - x(from), y(to) - y(from)];
    const length2 = dx * dx + dy * dy;
    let worst = -1;
    let most = tolerance * tolerance;
    for (let at = from + 1; at < to; at++) {
      const [px, py] = [x(at) - ax, y(at) - ay];
      const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
      const off2 = (px - along * dx) ** 2 + (py - along * dy) ** 2;
      if (off2 > most) [worst, most] = [at, off2];
    }
    if (worst < 0) continue;
    kept[worst] = 1;
    spans.push([from, worst], [worst, to]);
  }
  const points: number[] = [];
  for (let at = 0; at < count; at++) if (kept[at]) points.push(x(at), y(at));
  return points;
}
