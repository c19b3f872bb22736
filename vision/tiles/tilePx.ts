import { boxInPicture, type Fitted } from '../fit.ts';
import { type Box, WHOLE } from '../geometry.ts';
import type { Size } from '../steps.ts';

/** In pixels of a picture. */
type TilePx = Size & { readonly left: number; readonly top: number };

/** A tile in whole pixels of its picture, within it. */
export function tilePx([x, y, width, height]: Box, picture: Size): TilePx {
  const left = Math.min(picture.width - 1, Math.round(x * picture.width));
  const top = Math.min(picture.height - 1, Math.round(y * picture.height));
  return {
    left,
    top,
    width: Math.max(1, Math.round((x + width) * picture.width) - left),
    height: Math.max(1, Math.round((y + height) * picture.height) - top),
  };
}

/** Where the part that a tile's frame shows lies in the whole picture. @param fitted in 0..1 of the tile */
export function fittedTile({ part, inputRect }: Fitted, tile: TilePx, picture: Size): Fitted {
  const whole: Fitted = {
    part: [
      tile.left / picture.width,
      tile.top / picture.height,
      tile.width / picture.width,
      tile.height / picture.height,
    ],
    inputRect: WHOLE,
  };
  return { part: boxInPicture(part, whole), inputRect };
}
