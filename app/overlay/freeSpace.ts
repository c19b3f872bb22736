import type { RectPx } from '../../vision/geometry.ts';

export interface SizePx {
  readonly width: number;
  readonly height: number;
}

/** Room for rectangles that must not overlap: `bounds` without `taken`, all in the same pixels. */
export interface FreeSpace {
  readonly bounds: RectPx;
  readonly taken: readonly RectPx[];
  /** Distance that a new rectangle keeps from each that is taken. */
  readonly gapPx: number;
}

/** Rectangles that touch do not overlap, however their edges were rounded. */
const ROUNDING_PX = 0.001;

export const right = (rect: RectPx): number => rect.x + rect.width;
export const bottom = (rect: RectPx): number => rect.y + rect.height;
export const clamp = (value: number, from: number, to: number): number => Math.max(from, Math.min(value, to));

/** Whether the rectangle lies within the bounds and keeps its distance from all that is taken. */
export function isFree(rect: RectPx, { bounds, taken, gapPx }: FreeSpace): boolean {
  if (rect.x < bounds.x - ROUNDING_PX || rect.y < bounds.y - ROUNDING_PX) return false;
  if (right(rect) > right(bounds) + ROUNDING_PX || bottom(rect) > bottom(bounds) + ROUNDING_PX) return false;
  for (const other of taken) {
    if (isCloser(rect, other, gapPx - ROUNDING_PX)) return false;
  }
  return true;
}

/** The rectangle moved down, as far as it takes to lie below all that is in its way; itself where that is out of bounds. */
export function movedDown(rect: RectPx, { bounds, taken, gapPx }: FreeSpace): RectPx {
  const inColumn = taken.filter((other) => other.x < right(rect) && rect.x < right(other));
  let { y } = rect;
  for (const other of inColumn.sort((a, b) => a.y - b.y)) {
    if (other.y < y + rect.height && y < bottom(other)) y = bottom(other) + gapPx;
  }
  return y + rect.height <= bottom(bounds) ? { ...rect, y } : rect;
}

/**
 * The free place nearest to `x` for a rectangle whose top is at `y`.
 *
 * @param from, to the range of left edges to look in
 * @returns its left edge, undefined where there is no room
 */
export function freeInRow(
  space: FreeSpace,
  size: SizePx,
  y: number,
  x: number,
  from: number,
  to: number,
): number | undefined {
  const { bounds } = space;
  if (y < bounds.y || y + size.height > bottom(bounds)) return undefined;
  const first = Math.max(from, bounds.x);
  const last = Math.min(to, right(bounds) - size.width);
  if (first > last) return undefined;
  const reach = space.gapPx - ROUNDING_PX;
  const inRow: RectPx[] = [];
  for (const other of space.taken) {
    if (y < other.y + other.height + reach && other.y < y + size.height + reach) inRow.push(other);
  }
  const start = clamp(x, first, last);
  const after = walk(inRow, space.gapPx, size.width, start, last, 1);
  if (after === start) return start;
  const before = walk(inRow, space.gapPx, size.width, start, first, -1);
  if (before === undefined || after === undefined) return before ?? after;
  return start - before <= after - start ? before : after;
}

/** Goes from `x` to one side, past all that is in the way, at most to `limit`. */
function walk(
  inRow: readonly RectPx[],
  gapPx: number,
  width: number,
  x: number,
  limit: number,
  direction: 1 | -1,
): number | undefined {
  const reach = gapPx - ROUNDING_PX;
  let at = x;
  for (let wasMoved = true; wasMoved; ) {
    wasMoved = false;
    for (const other of inRow) {
      if (at >= other.x + other.width + reach || other.x >= at + width + reach) continue;
      at = direction === 1 ? other.x + other.width + gapPx : other.x - gapPx - width;
      if (direction === 1 ? at > limit : at < limit) return undefined;
      wasMoved = true;
    }
  }
  return at;
}

/** The free place nearest to a rectangle, which may itself be covered; undefined where there is no room at all. */
export function freeNear(space: FreeSpace, size: SizePx, near: RectPx): RectPx | undefined {
  const { bounds, taken, gapPx } = space;
  let best: RectPx | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  const tryRow = (y: number) => {
    const distance = apart(y, size.height, near.y, near.height);
    if (distance >= bestDistance) return;
    const x = freeInRow(space, size, y, near.x, bounds.x, right(bounds));
    if (x === undefined) return;
    const rect = { x, y, ...size };
    // Of two places as near, the one that begins where it does.
    const found = distanceBetween(rect, near) + 0.05 * Math.abs(x - near.x);
    if (found >= bestDistance) return;
    best = rect;
    bestDistance = found;
  };
  tryRow(near.y - size.height - gapPx);
  tryRow(clamp(near.y, bounds.y, bottom(bounds) - size.height));
  tryRow(bottom(near) + gapPx);
  tryRow(bounds.y);
  tryRow(bottom(bounds) - size.height);
  // A free place can be pushed up or down until it meets something, and stays free.
  for (const other of taken) {
    tryRow(other.y - gapPx - size.height);
    tryRow(bottom(other) + gapPx);
  }
  return best;
}

/**
 * Fills the space line by line from the top, each size into the first line that has room for it.
 * @returns a place for each size, undefined for those without room
 */
export function packInRows(space: FreeSpace, sizes: readonly SizePx[]): (RectPx | undefined)[] {
  const { bounds, gapPx } = space;
  const taken = [...space.taken];
  const packed: (RectPx | undefined)[] = sizes.map(() => undefined);
  const rowHeight = Math.max(0, ...sizes.map(({ height }) => height));
  const narrowest = Math.min(...sizes.map(({ width }) => width));
  let y = bounds.y;
  while (y + rowHeight <= bottom(bounds)) {
    let hasRoom = false;
    sizes.forEach((size, index) => {
      if (packed[index] !== undefined) return;
      const row = { bounds, taken, gapPx };
      const x = freeInRow(row, { ...size, height: rowHeight }, y, bounds.x, bounds.x, right(bounds));
      if (x === undefined) return;
      hasRoom = true;
      const rect = { x, y, ...size };
      packed[index] = rect;
      taken.push(rect);
    });
    if (packed.every((rect) => rect !== undefined)) break;
    // Where not even the narrowest fits, go on below what ends first.
    const ends = space.taken.map((other) => bottom(other) + gapPx).filter((end) => end > y);
    const isBlocked =
      !hasRoom &&
      freeInRow(
        { ...space },
        { width: narrowest, height: rowHeight },
        y,
        bounds.x,
        bounds.x,
        right(bounds),
      ) === undefined;
    y = isBlocked ? Math.min(bottom(bounds), ...ends) : y + rowHeight + gapPx;
  }
  return packed;
}

/** The shortest way between two rectangles; 0 where they touch or overlap. */
export function distanceBetween(a: RectPx, b: RectPx): number {
  return Math.hypot(apart(a.x, a.width, b.x, b.width), apart(a.y, a.height, b.y, b.height));
}

/** The part of `rect` within `bounds`; of no width or height where there is none. */
export function intersect(rect: RectPx, bounds: RectPx): RectPx {
  const x = Math.max(rect.x, bounds.x);
  const y = Math.max(rect.y, bounds.y);
  return {
    x,
    y,
    width: Math.max(0, Math.min(right(rect), right(bounds)) - x),
    height: Math.max(0, Math.min(bottom(rect), bottom(bounds)) - y),
  };
}

function apart(a: number, aLength: number, b: number, bLength: number): number {
  return Math.max(0, a - (b + bLength), b - (a + aLength));
}

function isCloser(a: RectPx, b: RectPx, gapPx: number): boolean {
  return (
    a.x < right(b) + gapPx && b.x < right(a) + gapPx && a.y < bottom(b) + gapPx && b.y < bottom(a) + gapPx
  );
}
