/**
 * The frame number, drawn into the picture so that a test can read from a playing video which frame it shows: two
 * columns of black and white blocks at the left edge, half way down, the lowest bit on top. The right column is
 * the complement of the left, so a picture without a marker, or one caught between two frames, reads as nothing.
 *
 * Blocks are 16 px: they survive JPEG, chroma subsampling and being scaled down to a third.
 */

const BITS = 12;
const BLOCK_PX = 16;
const LEFT_PX = 4;

export const FRAME_WIDTH_PX = 640;
export const FRAME_HEIGHT_PX = 480;

/** Where the marker lies, in pixels of the frame. */
export const MARKER_PX = {
  x: LEFT_PX,
  y: (FRAME_HEIGHT_PX - BITS * BLOCK_PX) / 2,
  width: 2 * BLOCK_PX,
  height: BITS * BLOCK_PX,
} as const;

/** The marker as RGB pixels, MARKER_PX.width x MARKER_PX.height. */
export function drawMarker(frame: number): Buffer {
  if (!Number.isInteger(frame) || frame < 0 || frame >= 2 ** BITS) {
    throw new RangeError(`A frame number is an integer in 0..${2 ** BITS - 1}, got ${frame}.`);
  }
  const pixels = Buffer.alloc(MARKER_PX.width * MARKER_PX.height * 3);
  for (let y = 0; y < MARKER_PX.height; y++) {
    const bit = (frame >> Math.floor(y / BLOCK_PX)) & 1;
    for (let x = 0; x < MARKER_PX.width; x++) {
      const white = x < BLOCK_PX ? bit === 1 : bit === 0;
      pixels.fill(white ? 255 : 0, (y * MARKER_PX.width + x) * 3, (y * MARKER_PX.width + x + 1) * 3);
    }
  }
  return pixels;
}

/** The middle of each block in pixels of the frame, `[bit, complement]`, lowest bit first. */
export const MARKER_POINTS_PX = Array.from({ length: BITS }, (_, bit) => {
  const y = MARKER_PX.y + (bit + 0.5) * BLOCK_PX;
  return [
    { x: MARKER_PX.x + 0.5 * BLOCK_PX, y },
    { x: MARKER_PX.x + 1.5 * BLOCK_PX, y },
  ] as const;
});

/**
 * The frame number, from the brightness (0..255) at `MARKER_POINTS_PX`, or null where there is no marker.
 */
export function readMarker(
  brightness: readonly (readonly [bit: number, complement: number])[],
): number | null {
  let frame = 0;
  for (const [index, [bit, complement]] of brightness.entries()) {
    if (Math.abs(bit - complement) < 96) return null;
    if (bit > complement) frame |= 1 << index;
  }
  return brightness.length === BITS ? frame : null;
}
