import type { RectPx } from '../../vision/geometry.ts';
import type { Outline } from '../../vision/masks/outline.ts';

/**
 * An outline as data of an SVG path in pixels, to be filled by the rule `evenodd`.
 * @param frame where the picture lies
 */
export function outlinePath(
  outline: Outline,
  { content: { x, y, width, height }, mirrored }: { readonly content: RectPx; readonly mirrored: boolean },
): string {
  let path = '';
  for (const ring of outline) {
    for (let at = 0; at + 1 < ring.length; at += 2) {
      const [across = 0, down = 0] = [ring[at], ring[at + 1]];
      const left = x + (mirrored ? 1 - across : across) * width;
      path += `${at === 0 ? 'M' : 'L'}${left.toFixed(1)} ${(y + down * height).toFixed(1)}`;
    }
    path += 'Z';
  }
  return path;
}
