import type { Tile } from '../../vision/tiles/planTiles.ts';
import { tilePx } from '../../vision/tiles/tilePx.ts';

/**
 * The part of a picture that a tile shows, in its own pixels.
 * @throws Error if the browser cannot draw it
 */
export async function cutTile(picture: HTMLCanvasElement, { part, isMirrored }: Tile): Promise<ImageBitmap> {
  const { left, top, width, height } = tilePx(part, picture);
  if (!isMirrored) return createImageBitmap(picture, left, top, width, height);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('This browser has no 2D canvas.');
  context.scale(-1, 1);
  context.drawImage(picture, left, top, width, height, -width, 0, width, height);
  const bitmap = await createImageBitmap(canvas);
  // Safari keeps a canvas's memory until it is empty.
  canvas.width = 0;
  return bitmap;
}
