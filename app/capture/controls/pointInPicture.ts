import type { RectPx } from '../../../vision/geometry.ts';

/** A point in 0..1 of a picture, from its top left. */
export interface PicturePoint {
  readonly x: number;
  readonly y: number;
}

/**
 * Where a tap is in the camera's own picture.
 * @param tap CSS pixels of the page
 * @param content where the whole picture lies, in the same pixels; reaches beyond the window where it is cropped
 * @param isMirrored whether the picture is shown with left and right swapped
 * @returns undefined outside the picture
 */
export function pointInPicture(
  tap: { readonly x: number; readonly y: number },
  content: RectPx,
  isMirrored: boolean,
): PicturePoint | undefined {
  const x = (tap.x - content.x) / content.width;
  const y = (tap.y - content.y) / content.height;
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) return undefined;
  return { x: isMirrored ? 1 - x : x, y };
}
