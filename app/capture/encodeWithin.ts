/** Qualities below that of the pace that are tried, 0..1: a picture with artefacts is better than none. */
const LOWER_QUALITIES = [0.5, 0.3, 0.15, 0.05];
/** A smaller picture takes a little more bytes for each of its pixels. */
const SHRINK_MARGIN = 0.85;
const MAX_SHRINKS = 4;

/**
 * Encodes a picture in a number of bytes: at the quality, else at a lower one, else with fewer pixels.
 * @param encode at a quality of 0..1, and at this share of the picture's sides
 * @param canShrink whether the model takes pictures of other sizes
 * @returns what came last where nothing fits
 */
export async function encodeWithin<Encoded extends { readonly size: number }>(
  maxBytes: number,
  quality: number,
  encode: (quality: number, scale: number) => Promise<Encoded>,
  canShrink: boolean,
): Promise<Encoded> {
  let encoded = await encode(quality, 1);
  for (const lower of LOWER_QUALITIES) {
    if (encoded.size <= maxBytes) return encoded;
    if (lower < quality) encoded = await encode(lower, 1);
  }
  const lowest = Math.min(quality, LOWER_QUALITIES.at(-1) ?? quality);
  let scale = 1;
  for (let shrinks = 0; canShrink && encoded.size > maxBytes && shrinks < MAX_SHRINKS; shrinks++) {
    scale *= SHRINK_MARGIN * Math.sqrt(maxBytes / encoded.size);
    encoded = await encode(Math.max(lowest, 0.3), scale);
  }
  return encoded;
}
