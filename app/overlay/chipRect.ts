import type { RectPx } from '../../vision/geometry.ts';

/** Distance of a chip from the edges of the screen. */
export const EDGE_PX = 8;
export const CHIP_HEIGHT_PX = 26;
/** Distance of a chip from its box. */
export const CHIP_GAP_PX = 6;
/** Distance between chips that are stacked. */
const STACK_GAP_PX = 3;
/** A box of which less than this share is on screen gets no chip. */
const MIN_VISIBLE_SHARE = 0.2;

/** The part of the screen that chips may use, in CSS pixels; above `topPx` are the readout and the buttons. */
export interface ChipScreen {
  width: number;
  height: number;
  topPx: number;
}

/**
 * Where the name of a box goes: above it where there is room, else inside its top edge; never off the screen
 * sideways or under what stands at its top; on top of chips that are there already.
 *
 * @param box in CSS pixels of the screen, as are all rectangles here
 * @param taken the chips placed before
 * @returns undefined if too little of the box is on screen
 */
export function chipRect(
  box: RectPx,
  widthPx: number,
  screen: ChipScreen,
  taken: readonly RectPx[],
): RectPx | undefined {
  if (visibleShare(box, screen) < MIN_VISIBLE_SHARE) return undefined;
  const above = box.y - CHIP_HEIGHT_PX - CHIP_GAP_PX;
  const isAbove = above >= screen.topPx;
  const rightmost = screen.width - EDGE_PX - widthPx;
  const x = Math.max(EDGE_PX, Math.min(box.x + (isAbove ? 0 : CHIP_GAP_PX), rightmost));
  const y = isAbove ? above : Math.max(box.y + CHIP_GAP_PX, screen.topPx);
  const wanted = { x, y, width: widthPx, height: CHIP_HEIGHT_PX };

  // Upwards, one over the other. Where that ends at the edge, covering a chip is the lesser evil.
  let chip = wanted;
  for (let tries = 0; tries < taken.length; tries += 1) {
    const inTheWay = taken.find((other) => overlaps(chip, other));
    if (inTheWay === undefined) return chip;
    chip = { ...chip, y: inTheWay.y - CHIP_HEIGHT_PX - STACK_GAP_PX };
    if (chip.y < screen.topPx) return wanted;
  }
  return chip;
}

function visibleShare(box: RectPx, screen: { width: number; height: number }): number {
  const width = Math.min(box.x + box.width, screen.width) - Math.max(box.x, 0);
  const height = Math.min(box.y + box.height, screen.height) - Math.max(box.y, 0);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (box.width * box.height);
}

function overlaps(a: RectPx, b: RectPx): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
