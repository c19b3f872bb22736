import type { Box } from '../geometry.ts';
import type { Size } from '../steps.ts';

/** A tile in whole pixels of its picture, within it. */
export function tilePx(
  [x, y, width, height]: Box,
  picture: Size,
): Size & { readonly left: number; readonly top: number } {
  const left = Math.min(picture.width - 1, Math.round(x * picture.width));
  const top = Math.min(picture.height - 1, Math.round(y * picture.height));
  return {
    left,
    top,
    width: Math.max(1, Math.round((x + width) * picture.width) - left),
    height: Math.max(1, Math.round((y + height) * picture.height) - top),
  };
}
