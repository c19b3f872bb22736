import type { Outline } from './outline.ts';

/** How likely each cell of a grid over a picture is to be of a thing, row by row; 0..255, 128 and more are. */
export interface Mask {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A part of a grid, in cells; may begin and end within one. */
export interface GridPart {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

type Place = readonly [x: number, y: number];

/** Between what is of the thing and what is not. */
const EDGE = 127.5;

/**
 * The outline of what is of the thing, in 0..1 of the picture, by marching squares (Lorensen and Cline 1987 in two
 * dimensions): between the middles of two cells it lies where their values say. Holes run the other way round.
 *
 * @param part what lies outside is not of the thing, as outside the box of a detection. Default: the whole grid
 */
export function traceMask(mask: Mask, part?: GridPart): Outline {
  const { data, width, height } = mask;
  const limits = part ?? { left: 0, top: 0, right: width, bottom: height };
  // Cells whose middle lies within.
  const fromX = Math.max(0, Math.ceil(limits.left - 0.5));
  const fromY = Math.max(0, Math.ceil(limits.top - 0.5));
  const toX = Math.min(width - 1, Math.ceil(limits.right - 0.5) - 1);
  const toY = Math.min(height - 1, Math.ceil(limits.bottom - 0.5) - 1);
  if (!(toX >= fromX && toY >= fromY)) return [];
  const value = (x: number, y: number): number =>
    x < fromX || x > toX || y < fromY || y > toY ? 0 : (data[y * width + x] ?? 0);

  // Sides between middles: to the right of (x, y) an even number, below it an odd one. From the side where a line of the
  // outline begins to the one where it ends; the thing lies to its right.
  const across = toX - fromX + 3;
  const rightOf = (x: number, y: number) => 2 * ((y - fromY + 1) * across + (x - fromX + 1));
  /** By its number the side where a line ends, plus one; 0 where none begins. */
  const ends = new Int32Array(2 * across * (toY - fromY + 3));
  const begins: number[] = [];
  for (let y = fromY - 1; y <= toY; y++) {
    // Of four middles those at the left: outside of the part at first.
    let a = 0;
    let d = 0;
    for (let x = fromX - 1; x <= toX; x++) {
      // As `value` says, for millions of cells.
      const b = x < toX && y >= fromY ? (data[y * width + x + 1] ?? 0) : 0;
      const c = x < toX && y < toY ? (data[(y + 1) * width + x + 1] ?? 0) : 0;
      const kind = (a > EDGE ? 1 : 0) + (b > EDGE ? 2 : 0) + (c > EDGE ? 4 : 0) + (d > EDGE ? 8 : 0);
      if (kind !== 0 && kind !== 15) {
        const sides = [rightOf(x, y), rightOf(x + 1, y) + 1, rightOf(x, y + 1), rightOf(x, y) + 1];
        const isJoined = (a + b + c + d) / 4 > EDGE;
        for (const [from, to] of LINES[kind === 5 && isJoined ? 16 : kind === 10 && isJoined ? 17 : kind] ??
          []) {
          const begin = sides[from] ?? 0;
          ends[begin] = (sides[to] ?? 0) + 1;
          begins.push(begin);
        }
      }
      a = b;
      d = c;
    }
  }

  const pointOf = (side: number): Place => {
    const at = side >> 1;
    const [x, y] = [(at % across) + fromX - 1, Math.floor(at / across) + fromY - 1];
    const isBelow = (side & 1) === 1;
    const [here, there] = [value(x, y), isBelow ? value(x, y + 1) : value(x + 1, y)];
    const share = (EDGE - here) / (there - here);
    const px = clamp(x + 0.5 + (isBelow ? 0 : share), limits.left, limits.right);
    const py = clamp(y + 0.5 + (isBelow ? share : 0), limits.top, limits.bottom);
    // Half a cell at the edges of the grid is as far as its cells reach.
    return [
      edgeOf(px, x, isBelow, fromX, toX, limits.left, limits.right) / width,
      edgeOf(py, y, !isBelow, fromY, toY, limits.top, limits.bottom) / height,
    ];
  };

  const [left, right] = [limits.left / width, limits.right / width];
  const [top, bottom] = [limits.top / height, limits.bottom / height];
  const isAtSide = (x: number) => x === left || x === right;
  const isAtEnd = (y: number) => y === top || y === bottom;
  /** What fills a corner of the grid, or of the part, reaches into it. */
  const corner = ([x1, y1]: Place, [x2, y2]: Place): Place | undefined => {
    if (x1 === x2 || y1 === y2) return undefined;
    if (isAtSide(x1) && isAtEnd(y2)) return [x1, y2];
    return isAtEnd(y1) && isAtSide(x2) ? [x2, y1] : undefined;
  };

  const rings: number[][] = [];
  for (const begin of begins) {
    if (!ends[begin]) continue;
    const ring: number[] = [];
    let side = begin;
    let point = pointOf(side);
    while (ends[side]) {
      const following = (ends[side] ?? 0) - 1;
      const next = pointOf(following);
      ring.push(point[0], point[1]);
      const between = corner(point, next);
      if (between) ring.push(between[0], between[1]);
      ends[side] = 0;
      [side, point] = [following, next];
    }
    if (ring.length >= 6) rings.push(ring);
  }
  return rings;
}

/** Where a thing reaches the edge of the grid or of its part, so does its outline. */
function edgeOf(
  value: number,
  at: number,
  isFixed: boolean,
  from: number,
  to: number,
  least: number,
  most: number,
): number {
  if (isFixed) return value;
  if (at < from) return least;
  return at >= to ? most : value;
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/**
 * Lines within four middles, by which of them are of the thing (1: top left, 2: top right, 4: bottom right, 8: bottom left),
 * from side to side (0: top, 1: right, 2: bottom, 3: left). 5 and 10 part two corners, 16 and 17 join them.
 */
const LINES: readonly (readonly (readonly [from: number, to: number])[])[] = [
  [],
  [[0, 3]],
  [[1, 0]],
  [[1, 3]],
  [[2, 1]],
  [
    [0, 3],
    [2, 1],
  ],
  [[2, 0]],
  [[2, 3]],
  [[3, 2]],
  [[0, 2]],
  [
    [1, 0],
    [3, 2],
  ],
  [[1, 2]],
  [[3, 1]],
  [[0, 1]],
  [[3, 0]],
  [],
  [
    [0, 1],
    [2, 3],
  ],
  [
    [1, 2],
    [3, 0],
  ],
];
