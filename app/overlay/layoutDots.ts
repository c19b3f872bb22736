import type { RectPx } from '../../vision/geometry.ts';
import { clamp, type FreeSpace, freeNear, isFree, right } from './freeSpace.ts';

/** Each side of a dot, what can be hit around it included: the least of WCAG 2.2. */
export const DOT_PX = 24;

/** Where in its box a dot may stand, in 0..1 of what is seen of the box, the best first. */
const PLACES = [
  [0.5, 0.5],
  [0.5, 0.25],
  [0.5, 0.75],
  [0.25, 0.5],
  [0.75, 0.5],
  [0.2, 0.2],
  [0.8, 0.2],
  [0.2, 0.8],
  [0.8, 0.8],
] as const;

/** A thing whose name has no room. */
export interface DottedBox {
  readonly id: number;
  /** What is seen of it, CSS pixels of the overlay. */
  readonly seen: RectPx;
}

export interface PlacedDot {
  readonly rect: RectPx;
  /** Its place within what is seen of its box, as in `PLACES`; undefined: near its box. */
  readonly place: number | undefined;
}

/** A value, to be kept by the caller and passed to the next `layoutDots`. */
export type DotsLayout = ReadonlyMap<number, PlacedDot>;

/**
 * Says where the dots go that stand for names without room: on their things, never over each other, a name or a control,
 * always within the bounds. A dot keeps its place on its thing for as long as that is free. One without any room is not
 * there. Pure.
 *
 * @param things the most important first
 * @param space its `taken` are the names and the controls
 */
export function layoutDots(things: readonly DottedBox[], space: FreeSpace, previous: DotsLayout): DotsLayout {
  const placed = new Map<number, PlacedDot>();
  const taken = [...space.taken];
  const room = { ...space, taken };
  const size = { width: DOT_PX, height: DOT_PX };
  for (const { id, seen } of things) {
    const before = previous.get(id)?.place;
    const order = before === undefined ? PLACES.keys() : [before, ...PLACES.keys()];
    let found: PlacedDot | undefined;
    for (const place of order) {
      const rect = dotAt(seen, place, room.bounds);
      if (rect === undefined || !isFree(rect, room)) continue;
      found = { rect, place };
      break;
    }
    const near = found ? undefined : freeNear(room, size, middleOf(seen));
    const dot = found ?? (near && { rect: near, place: undefined });
    if (dot === undefined) continue;
    placed.set(id, dot);
    taken.push(dot.rect);
  }
  return placed;
}

function dotAt(seen: RectPx, place: number, { x, y, ...bounds }: RectPx): RectPx | undefined {
  const [across, down] = PLACES[place] ?? PLACES[0];
  if (bounds.width < DOT_PX || bounds.height < DOT_PX) return undefined;
  const left = seen.x + across * seen.width - DOT_PX / 2;
  const top = seen.y + down * seen.height - DOT_PX / 2;
  return {
    x: clamp(left, x, right({ x, y, ...bounds }) - DOT_PX),
    y: clamp(top, y, y + bounds.height - DOT_PX),
    width: DOT_PX,
    height: DOT_PX,
  };
}

const middleOf = ({ x, y, width, height }: RectPx): RectPx => ({
  x: x + width / 2 - DOT_PX / 2,
  y: y + height / 2 - DOT_PX / 2,
  width: DOT_PX,
  height: DOT_PX,
});
