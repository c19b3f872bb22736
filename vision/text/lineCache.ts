import type { Pixels } from '../pixels.ts';
import { centreDistance, type Quad, sidesOfQuad, thicknessOfQuad, turnedQuad } from '../quad.ts';
import { cropQuad } from './cropQuad.ts';
import { LINE_HEIGHT_PX, type ReadLine } from './lineReader.ts';

/**
 * Lines that were read in earlier frames of a stream. A line that is about where one was, and looks the same, reads the same:
 * only new and changed ones go through the network.
 */
export interface LineCache {
  /** What the line reads that lies in this quad, in pixels of the picture; undefined where it has to be read. */
  find(picture: Pixels, quad: Quad): KnownLine | undefined;
  /** @param quad where the line was found, before it was turned */
  add(picture: Pixels, quad: Quad, line: ReadLine): void;
}

/** What a line reads by an earlier frame. */
export interface KnownLine {
  readonly line: ReadLine;
  /** Its letters have clearly more pixels now than when it was read, and the recognizer can use them. */
  readonly isCoarse: boolean;
}

interface CachedLine {
  /** In pixels. */
  quad: Quad;
  /** Its height when it was read, pixels. */
  readonly readAtPx: number;
  readonly line: Pick<ReadLine, 'text' | 'score' | 'turns'>;
  readonly appearance: Appearance;
}

/** The line in grey, `HEIGHT` rows. */
interface Appearance {
  readonly grey: Float32Array;
  readonly width: number;
}

const MAX_LINES = 200;
/** Rows of an appearance: letters are some 10 of them high. */
const HEIGHT = 16;
const MAX_WIDTH = 512;
/** Parts of a line that are compared on their own, in columns: about a letter, so that one changed letter is seen. */
const BLOCK = 6;
const BLOCK_STEP = 3;
/** The lowest correlation of a part with the one in its place: of the same letters under other noise it is above. */
const MIN_CORRELATION = 0.7;
/** A part whose grey varies less than this share of the whole line's is background. */
const PLAIN = 0.35;
/** The detector's corners tremble: so far the new picture of a line is shifted to fit, in columns and rows. */
const SHIFT = { x: 3, y: 2 };
/** A line moves by at most this many of its heights between two frames, else it is another one. */
const MAX_MOVE = 1.5;
/** Nor does it become longer or higher by more than this factor. */
const MAX_STRETCH = 1.25;
/** A line that was not read well is read again, in the hope of a better picture. */
const WORTH_KEEPING = 0.8;
/** By this factor a line has to be higher than when it was read, until it is read again. */
const CLEARLY_HIGHER = 1.25;

export function createLineCache(): LineCache {
  /** The one that was seen last is the last. */
  let lines: CachedLine[] = [];
  return {
    find(picture, quad) {
      const at = lines.findLastIndex(
        (cached) => isNear(cached.quad, quad) && looksTheSame(picture, quad, cached.appearance),
      );
      const [found] = at < 0 ? [] : lines.splice(at, 1);
      if (found === undefined) return undefined;
      found.quad = quad;
      lines.push(found);
      const { line, readAtPx } = found;
      const isCoarse = readAtPx < LINE_HEIGHT_PX && thicknessOfQuad(quad) > CLEARLY_HIGHER * readAtPx;
      return { line: { ...line, quad: turnedQuad(quad, line.turns) }, isCoarse };
    },
    add(picture, quad, { text, score, turns }) {
      // What is at this place now replaces what was.
      lines = lines.filter((cached) => !isNear(cached.quad, quad)).slice(1 - MAX_LINES);
      if (score < WORTH_KEEPING && text !== '') return;
      lines.push({
        quad,
        readAtPx: thicknessOfQuad(quad),
        line: { text, score, turns },
        appearance: appearanceOf(picture, quad),
      });
    },
  };
}

function isNear(before: Quad, now: Quad): boolean {
  const [a, b] = [sidesOfQuad(before), sidesOfQuad(now)];
  const isAlike = (x: number, y: number) => x <= y * MAX_STRETCH && y <= x * MAX_STRETCH;
  if (!isAlike(a.along, b.along) || !isAlike(a.across, b.across)) return false;
  return centreDistance(before, now) <= MAX_MOVE * Math.min(b.across, b.along);
}

function appearanceOf(picture: Pixels, quad: Quad, columns?: number): Appearance {
  const { along, across } = sidesOfQuad(quad);
  const own = Math.round((HEIGHT * along) / Math.max(across, 1));
  const width = columns ?? Math.min(MAX_WIDTH, Math.max(BLOCK, own));
  const { data } = cropQuad(picture, quad, width, HEIGHT);
  const grey = new Float32Array(width * HEIGHT);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * (data[3 * i] ?? 0) + 0.587 * (data[3 * i + 1] ?? 0) + 0.114 * (data[3 * i + 2] ?? 0);
  }
  return { grey, width };
}

function looksTheSame(picture: Pixels, quad: Quad, before: Appearance): boolean {
  const now = appearanceOf(picture, quad, before.width);
  const all = { left: 0, width: before.width };
  let best = { whole: { correlation: Number.NEGATIVE_INFINITY, before: 0, now: 0 }, dx: 0, dy: 0 };
  for (let dy = -SHIFT.y; dy <= SHIFT.y; dy++) {
    for (let dx = -SHIFT.x; dx <= SHIFT.x; dx++) {
      const whole = compare(before, now, all, dx, dy);
      if (whole.correlation > best.whole.correlation) best = { whole, dx, dy };
    }
  }
  const { whole } = best;
  if (whole.correlation < MIN_CORRELATION) return false;
  for (let left = 0; left + BLOCK <= before.width; left += BLOCK_STEP) {
    // Letters are not all moved alike where the quad has another length: each part may fit a column beside.
    const parts = [-1, 0, 1].map((dx) => compare(before, now, { left, width: BLOCK }, best.dx + dx, best.dy));
    const plain = ({ before: a, now: b }: Comparison) => a < PLAIN * whole.before && b < PLAIN * whole.now;
    if (!parts.some((part) => plain(part) || part.correlation >= MIN_CORRELATION)) return false;
  }
  return true;
}

interface Comparison {
  /** Of the greys of both, -1..1. */
  readonly correlation: number;
  /** Standard deviations of the greys. */
  readonly before: number;
  readonly now: number;
}

/** Compares columns of a line with those of another that lie `dx` columns and `dy` rows further on. */
function compare(
  before: Appearance,
  now: Appearance,
  { left, width }: { left: number; width: number },
  dx: number,
  dy: number,
): Comparison {
  let [count, sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0, 0];
  for (let y = Math.max(0, -dy); y < Math.min(HEIGHT, HEIGHT - dy); y++) {
    const from = Math.max(left, -dx);
    const to = Math.min(left + width, before.width, now.width - dx);
    for (let x = from; x < to; x++) {
      const a = before.grey[y * before.width + x] ?? 0;
      const b = now.grey[(y + dy) * now.width + x + dx] ?? 0;
      count += 1;
      sumA += a;
      sumB += b;
      squaresA += a * a;
      squaresB += b * b;
      products += a * b;
    }
  }
  if (count === 0) return { correlation: 1, before: 0, now: 0 };
  const varianceA = Math.max(0, squaresA / count - (sumA / count) ** 2);
  const varianceB = Math.max(0, squaresB / count - (sumB / count) ** 2);
  const deviation = Math.sqrt(varianceA * varianceB);
  const covariance = products / count - (sumA / count) * (sumB / count);
  return {
    correlation: deviation === 0 ? 0 : covariance / deviation,
    before: Math.sqrt(varianceA),
    now: Math.sqrt(varianceB),
  };
}
