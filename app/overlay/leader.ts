import type { RectPx } from '../../vision/geometry.ts';
import { clamp, right } from './freeSpace.ts';

/** A line from the edge of a chip into its box. */
export interface Leader {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
}

/** How far into its box a line reaches. */
const LEADER_INTO_PX = 10;

/** The line from a name to the part of its box that is seen. */
export function leaderBetween(chip: RectPx, seen: RectPx): Leader {
  const inset = (length: number) => Math.min(LEADER_INTO_PX, length / 2);
  const [dx, dy] = [inset(seen.width), inset(seen.height)];
  const to = {
    x: clamp(chip.x + chip.width / 2, seen.x + dx, right(seen) - dx),
    y: clamp(chip.y + chip.height / 2, seen.y + dy, seen.y + seen.height - dy),
  };
  return { from: { x: clamp(to.x, chip.x, right(chip)), y: clamp(to.y, chip.y, chip.y + chip.height) }, to };
}
