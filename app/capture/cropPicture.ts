import { type Box, clip, grow } from '../../vision/geometry.ts';
import { shownSize } from './shownSize.ts';

/** What is left around a thing where nothing else is said, as a share of its size: what touches the edge is hard to recognise. */
const MARGIN = 0.06;

/**
 * A canvas with a part of what an element shows, in the picture's own pixels.
 * @param box in 0..1 of the picture; undefined: all of it
 * @param margin how much more than the box on each side, share of that side
 * @throws Error if nothing is shown, or the browser cannot draw it
 */
export function cropPicture(
  shown: HTMLVideoElement | HTMLImageElement,
  box: Box | undefined,
  margin = MARGIN,
): HTMLCanvasElement {
  const size = shownSize(shown);
  const [x, y, width, height] = box ? clip(grow(box, margin)) : [0, 0, 1, 1];
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * size.width));
  canvas.height = Math.max(1, Math.round(height * size.height));
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null || size.width === 0) throw new Error('There is no picture to cut from.');
  const from = [x * size.width, y * size.height, width * size.width, height * size.height] as const;
  context.drawImage(shown, ...from, 0, 0, canvas.width, canvas.height);
  return canvas;
}
