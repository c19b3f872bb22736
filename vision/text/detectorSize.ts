import type { Size } from '../steps.ts';

/** The detector halves its input five times; sides that are no multiple come back as another size. */
const MULTIPLE = 32;
/** Longest side as the detector sees it: less loses small letters, more takes large ones apart, and time. */
const LONGEST_PX = { min: 640, max: 960 };

/** The size at which lines are looked for in a picture: nearly its shape, whole multiples of 32. */
export function detectorSize({ width, height }: Size): Size {
  const longest = Math.max(width, height);
  const scale = Math.min(LONGEST_PX.max, Math.max(LONGEST_PX.min, longest)) / longest;
  return { width: detectorSide(width * scale), height: detectorSide(height * scale) };
}

/** The nearest length that a side may have. */
export const detectorSide = (length: number): number =>
  Math.max(MULTIPLE, Math.round(length / MULTIPLE) * MULTIPLE);
