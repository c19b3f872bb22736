import { type Quad, scaledQuad, sidesOfQuad } from '../quad.ts';
import type { Size } from '../steps.ts';

/**
 * Lines of text in the order in which a person reads them: rows from top to bottom, each from left to right, and one column of
 * running text after the other. What is up follows the text itself, so a page that lies on its head is read from its own top.
 * @param picture the size of the picture in any unit; quads are in 0..1 of it
 * @returns rows of lines that stand next to each other
 */
export function readingOrder<Line extends { readonly quad: Quad }>(
  lines: readonly Line[],
  picture: Size,
): Line[][] {
  const quads = lines.map(({ quad }) => scaledQuad(quad, picture.width, picture.height));
  const [cos, sin] = direction(quads);
  const placed = lines.map((line, i): Placed<Line> => {
    const quad = quads[i] ?? scaledQuad(line.quad, 1, 1);
    const [a, b] = quad;
    const along = quad.map(([x, y]) => x * cos + y * sin);
    const across = quad.map(([x, y]) => y * cos - x * sin);
    return {
      line,
      left: Math.min(...along),
      right: Math.max(...along),
      top: Math.min(...across),
      bottom: Math.max(...across),
      height: sidesOfQuad(quad).across,
      isCrosswise:
        Math.abs(cos * (b[0] - a[0]) + sin * (b[1] - a[1])) <
        LEAST_WITH * Math.hypot(b[0] - a[0], b[1] - a[1]),
    };
  });
  return inColumns(placed).map((row) => row.map(({ line }) => line));
}

interface Placed<Line> {
  readonly line: Line;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly height: number;
  /** It runs up or down where the others run along. */
  readonly isCrosswise: boolean;
}

/** The cosine of the angle to the others from which on a line runs with them. */
const LEAST_WITH = 0.7;

/** Cosine and sine of the angle in which most of the text runs: the sum of the lines that run nearly together. */
function direction(quads: readonly Quad[]): [cos: number, sin: number] {
  const runs = quads.map(([a, b, c, d]) => [b[0] - a[0] + c[0] - d[0], b[1] - a[1] + c[1] - d[1]] as const);
  let most: readonly [x: number, y: number] = [1, 0];
  for (const run of runs) {
    const together = runs.filter(
      (other) =>
        run[0] * other[0] + run[1] * other[1] > LEAST_WITH * Math.hypot(...run) * Math.hypot(...other),
    );
    const sum = together.reduce<readonly [number, number]>(
      ([x, y], other) => [x + other[0], y + other[1]],
      [0, 0],
    );
    if (run === runs[0] || Math.hypot(...sum) > Math.hypot(...most)) most = sum;
  }
  const length = Math.hypot(...most);
  return length === 0 ? [1, 0] : [most[0] / length, most[1] / length];
}

/** Lines of running text are at least this much longer than high; names and prices of a list are shorter. */
const RUNNING_TEXT = 8;
/** Fewer lines one above the other are no column. */
const MIN_COLUMN_LINES = 3;

function inColumns<Line>(lines: readonly Placed<Line>[]): Placed<Line>[][] {
  const cut = columnCut(lines);
  if (cut === undefined) return inRows(lines);
  const isLeft = ({ right }: Placed<Line>) => right <= cut;
  return [...inColumns(lines.filter(isLeft)), ...inColumns(lines.filter((line) => !isLeft(line)))];
}

/** Where a gap runs from top to bottom between two columns of running text. */
function columnCut<Line>(lines: readonly Placed<Line>[]): number | undefined {
  const sorted = lines.toSorted((a, b) => a.left - b.left);
  let right = Number.NEGATIVE_INFINITY;
  for (const [i, line] of sorted.entries()) {
    const isGap = line.left - right > line.height / 2;
    if (isGap && isColumn(sorted.slice(0, i)) && isColumn(sorted.slice(i))) return right;
    right = Math.max(right, line.right);
  }
  return undefined;
}

function isColumn<Line>(lines: readonly Placed<Line>[]): boolean {
  const running = lines.filter(({ left, right, height }) => right - left >= RUNNING_TEXT * height);
  return running.length >= MIN_COLUMN_LINES && running.length * 2 > lines.length;
}

/** A line belongs to a row whose middle it covers, or that covers its own. */
function inRows<Line>(lines: readonly Placed<Line>[]): Placed<Line>[][] {
  const rows: Placed<Line>[][] = [];
  const middle = ({ top, bottom }: Placed<Line>) => (top + bottom) / 2;
  for (const line of lines.toSorted((a, b) => middle(a) - middle(b))) {
    const row = rows.find((each) =>
      each.some(
        (other) =>
          !line.isCrosswise &&
          !other.isCrosswise &&
          (isBetween(middle(line), other.top, other.bottom) ||
            isBetween(middle(other), line.top, line.bottom)),
      ),
    );
    // What stands above or below another line of the row, though it covers a middle, is a row of its own.
    const fits = row?.every(
      (other) => line.left >= other.right - line.height || line.right <= other.left + line.height,
    );
    if (row && fits) row.push(line);
    else rows.push([line]);
  }
  return rows.map((row) => row.toSorted((a, b) => a.left - b.left));
}

const isBetween = (value: number, from: number, to: number): boolean => value > from && value < to;
