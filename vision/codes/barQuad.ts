import { middle, type Point, type Quad } from '../quad.ts';
import type { GreyPicture } from './greyPicture.ts';

/** Samples of a profile across the bars. */
const SAMPLES = 160;
/** Profiles that agree less than this are not of the same bars. */
const LEAST_AGREEMENT = 0.6;
/** How far the bars may lean from what the first look says, degrees. */
const LEAN_DEGREES = 14;

/**
 * The corners of a code of bars. A reader sees it along level lines and knows where those begin and end, not how the bars
 * lean nor how long they are: a code at a tilt gets a level sliver. Here the lean is the one along which the pattern stays
 * the same, and the bars end where it does not.
 */
export function barQuad(picture: GreyPicture, quad: Quad): Quad {
  const start = middle(quad[0], quad[3]);
  const end = middle(quad[1], quad[2]);
  const centre = middle(start, end);
  const width = distance(start, end);
  if (width < 8) return quad;
  const along = unit(start, end);
  const reference = profileOf(picture, start, end);
  const leftEdge = distance(quad[0], quad[3]);
  // Two lines that are far apart say how the bars lean; lines that are near say nothing.
  const square: Point = [-along[1], along[0]];
  const edge = leftEdge > 6 ? unit(quad[0], quad[3]) : square;
  // The reader is sure where a code begins, and not which of its lines is the upper one.
  const isDown = edge[0] * square[0] + edge[1] * square[1] >= 0;
  const guess = Math.atan2(isDown ? edge[1] : -edge[1], isDown ? edge[0] : -edge[0]);
  const lean = leanOf(picture, { start, end, reference, guess, width });
  const down: Point = [Math.cos(lean), Math.sin(lean)];
  const right: Point = [down[1], -down[0]];
  // The line across the bars: only at a right angle are they as far apart as they are.
  const half = Math.abs((along[0] * right[0] + along[1] * right[1]) * width) / 2;
  const left = shifted(centre, right, -half);
  const straight = profileOf(picture, left, shifted(centre, right, half));
  const extent = (direction: 1 | -1) => barEnd(picture, { left, right, down, half, straight, direction });
  const reach = Math.max(leftEdge / 2, 3);
  const [up, below] = [Math.max(reach, extent(-1)), Math.max(reach, extent(1))];
  const corner = (across: number, downBy: number) => shifted(shifted(centre, right, across), down, downBy);
  return [corner(-half, -up), corner(half, -up), corner(half, below), corner(-half, below)];
}

interface Lean {
  start: Point;
  end: Point;
  reference: Float32Array;
  guess: number;
  width: number;
}

/** The angle of the bars, radians: the lines above and below are most like this one along it. */
function leanOf(picture: GreyPicture, { start, end, reference, guess, width }: Lean): number {
  let best = guess;
  let reach = LEAN_DEGREES;
  // From near to far: near lines agree at any lean, far ones only at the right one.
  for (let by = Math.max(3, width / 40); by < width / 2 && reach > 0.3; by *= 1.6) {
    let found: { angle: number; agreement: number } | undefined;
    for (let step = -7; step <= 7; step++) {
      const angle = best + (step / 7) * ((reach * Math.PI) / 180);
      const down: Point = [Math.cos(angle), Math.sin(angle)];
      const sum = [-by, by].reduce(
        (total, shift) =>
          total +
          agreement(reference, profileOf(picture, shifted(start, down, shift), shifted(end, down, shift))),
        0,
      );
      if (found === undefined || sum > found.agreement) found = { angle, agreement: sum };
    }
    if (found === undefined || found.agreement < LEAST_AGREEMENT) break;
    best = found.angle;
    reach /= 1.6;
  }
  return best;
}

/** How far from the centre the bars go on, pixels. */
function barEnd(
  picture: GreyPicture,
  {
    left,
    right,
    down,
    half,
    straight,
    direction,
  }: {
    left: Point;
    right: Point;
    down: Point;
    half: number;
    straight: Float32Array;
    direction: 1 | -1;
  },
): number {
  const step = Math.max(1, half / 60);
  const mostSteps = Math.ceil((4 * half) / step);
  let last = 0;
  for (let i = 1; i <= mostSteps; i++) {
    const from = shifted(left, down, direction * i * step);
    const profile = profileOf(picture, from, shifted(from, right, 2 * half));
    if (agreement(straight, profile) >= LEAST_AGREEMENT) last = i;
    // A scratch or a stamp is no end.
    else if (i - last > 3) break;
  }
  return last * step;
}

function profileOf({ data, width, height }: GreyPicture, from: Point, to: Point): Float32Array {
  const profile = new Float32Array(SAMPLES);
  for (let i = 0; i < SAMPLES; i++) {
    const share = (i + 0.5) / SAMPLES;
    const x = Math.round(from[0] + (to[0] - from[0]) * share);
    const y = Math.round(from[1] + (to[1] - from[1]) * share);
    profile[i] = x >= 0 && y >= 0 && x < width && y < height ? (data[y * width + x] ?? 255) : 255;
  }
  return profile;
}

/** Pearson's correlation, -1 to 1; 0 where one of them is flat. */
function agreement(a: Float32Array, b: Float32Array): number {
  let [sumA, sumB] = [0, 0];
  for (let i = 0; i < SAMPLES; i++) {
    sumA += a[i] ?? 0;
    sumB += b[i] ?? 0;
  }
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < SAMPLES; i++) {
    const da = (a[i] ?? 0) - sumA / SAMPLES;
    const db = (b[i] ?? 0) - sumB / SAMPLES;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa * bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

const distance = (a: Point, b: Point) => Math.hypot(b[0] - a[0], b[1] - a[1]);
const shifted = (point: Point, direction: Point, by: number): Point => [
  point[0] + direction[0] * by,
  point[1] + direction[1] * by,
];

function unit(from: Point, to: Point): Point {
  const length = distance(from, to) || 1;
  return [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
}
