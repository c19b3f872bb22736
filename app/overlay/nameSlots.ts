import type { RectPx } from '../../vision/geometry.ts';
import { bottom, type FreeSpace, freeInRow, intersect, right, type SizePx } from './freeSpace.ts';

/** Distance of a chip from the edge of its box. */
export const BOX_GAP_PX = 6;

/** Where a name can stand at its box without a line to it, the best first. */
export const SLOTS = ['above', 'insideTop', 'below', 'insideBottom', 'right', 'left'] as const;
export type Slot = (typeof SLOTS)[number];

/** How much worse than the best one each is, in pixels of way. */
export const SLOT_COST = {
  above: 0,
  insideTop: 24,
  below: 36,
  insideBottom: 48,
  right: 60,
  left: 60,
} as const satisfies Record<Slot, number>;
/** A chip pushed along its edge is worse by this share of the way. */
const SLIDE_COST = 0.5;

export interface SlotPlace {
  rect: RectPx;
  cost: number;
}

/**
 * The place of a chip in one slot of its box; it may slide along the edge to where it is free.
 *
 * @param at preferred left edge, from the left edge of the visible part of the box; undefined: the slot's own
 */
export function placeInSlot(
  slot: Slot,
  box: RectPx,
  size: SizePx,
  space: FreeSpace,
  at?: number,
): SlotPlace | undefined {
  const seen = intersect(box, space.bounds);
  const { y, from, to, x } = rowOf(slot, box, seen, size);
  const found = freeInRow(space, size, y, at === undefined ? x : seen.x + at, from, to);
  if (found === undefined) return undefined;
  const rect = { x: found, y, ...size };
  return { rect, cost: SLOT_COST[slot] + SLIDE_COST * Math.abs(found - x) };
}

/** Top edge, range of left edges and the one to begin with. */
function rowOf(
  slot: Slot,
  box: RectPx,
  seen: RectPx,
  { width, height }: SizePx,
): { y: number; from: number; to: number; x: number } {
  // A chip wider than its box may reach beyond it to either side.
  const ends = [seen.x, right(seen) - width] as const;
  const along = { from: Math.min(...ends), to: Math.max(...ends), x: seen.x };
  const inset = { from: along.from + BOX_GAP_PX, to: along.to - BOX_GAP_PX, x: seen.x + BOX_GAP_PX };
  const inside = inset.from <= inset.to ? inset : along;
  const fixed = (x: number) => ({ from: x, to: x, x });
  switch (slot) {
    case 'above':
      return { y: box.y - BOX_GAP_PX - height, ...along };
    case 'insideTop':
      return { y: seen.y > box.y ? seen.y : seen.y + BOX_GAP_PX, ...inside };
    case 'below':
      return { y: bottom(box) + BOX_GAP_PX, ...along };
    case 'insideBottom':
      return { y: bottom(seen) - height - (bottom(seen) < bottom(box) ? 0 : BOX_GAP_PX), ...inside };
    case 'right':
      return { y: seen.y, ...fixed(right(box) + BOX_GAP_PX) };
    case 'left':
      return { y: seen.y, ...fixed(box.x - BOX_GAP_PX - width) };
    default:
      return slot satisfies never;
  }
}
