/**
 * The card that a screen flashes for a camera to read: a white frame, by which it is found, and inside it two strips of
 * cells with a photo between them. Each strip has a row of bits, and below it their complements: a card that is blurred,
 * half drawn or caught between two flashes reads as none.
 *
 * The code is when the card was drawn, so that a camera needs no other way to the screen that it looks at.
 */

/** What a card says. */
export interface FlashCode {
  /** When it was drawn, ms of the server's clock, modulo `CLOCK_SPAN_MS`. */
  readonly clockMs: number;
  /** Which of the photos it shows, 0..3; there are two. */
  readonly picture: number;
}

/** A code's time comes round after 65 s. */
export const CLOCK_SPAN_MS = 2 ** 16;

const CELLS = 10;
const BITS = 2 * CELLS;

/** A part of the card; its sides are 1, from its top left. */
export interface CardRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How thick the white frame is; the gap to what is inside is black. */
export const FRAME = 0.05;
const INSIDE = 0.08;
const CELL_WIDTH = (1 - 2 * INSIDE) / CELLS;
const CELL_HEIGHT = 0.07;
/** Where the rows of cells begin: bits and complements of the upper strip, then of the lower one. */
const ROWS = [INSIDE, INSIDE + CELL_HEIGHT, 1 - INSIDE - 2 * CELL_HEIGHT, 1 - INSIDE - CELL_HEIGHT] as const;

const TOP = INSIDE + 2 * CELL_HEIGHT + 0.02;

/** Proportions of the photos: they fill the height between the strips, and overlap a little in the middle. */
const PHOTO_WIDTH = 0.48;

/**
 * Where each photo lies: at the left, at the right. One that took the place of the other could be the same thing under a
 * new name, which the tracker shows after several frames that agree; what is measured is that a thing appears.
 */
export const PHOTO_RECTS: readonly [CardRect, CardRect] = [
  photoAt(INSIDE),
  photoAt(1 - INSIDE - PHOTO_WIDTH),
];

function photoAt(x: number): CardRect {
  return { x, y: TOP, width: PHOTO_WIDTH, height: 1 - 2 * TOP };
}

/** The cells that are white. */
export function whiteCells(code: FlashCode): CardRect[] {
  return CELL_PAIRS.map((pair, index) => pair[bitsOf(code)[index] === 1 ? 0 : 1]);
}

/**
 * What the card says, or undefined where there is none.
 * @param brightnessAt 0..255 at a point of the card
 */
export function readCode(brightnessAt: (x: number, y: number) => number): FlashCode | undefined {
  const bits: number[] = [];
  for (const pair of CELL_PAIRS) {
    const [bit, complement] = pair.map(({ x, y, width, height }) =>
      brightnessAt(x + width / 2, y + height / 2),
    ) as [number, number];
    if (Math.abs(bit - complement) < MIN_CONTRAST) return undefined;
    bits.push(bit > complement ? 1 : 0);
  }
  // Upside down the last complement, a 0, stands where the first bit is.
  if (bits[0] !== 1 || bits[BITS - 1] !== 1) return undefined;
  const value = bits.slice(1, -1).reduce((sum, bit) => sum * 2 + bit, 0);
  return { clockMs: value >> 2, picture: value & 3 };
}

const MIN_CONTRAST = 48;

/** The cell of each bit and that of its complement. */
const CELL_PAIRS: readonly (readonly [CardRect, CardRect])[] = Array.from({ length: BITS }, (_, index) => {
  const isLower = index >= CELLS;
  const x = INSIDE + (index % CELLS) * CELL_WIDTH;
  const cell = (y: number): CardRect => ({ x, y, width: CELL_WIDTH, height: CELL_HEIGHT });
  return isLower ? [cell(ROWS[2]), cell(ROWS[3])] : [cell(ROWS[0]), cell(ROWS[1])];
});

function bitsOf({ clockMs, picture }: FlashCode): number[] {
  const value = (Math.floor(clockMs) % CLOCK_SPAN_MS) * 4 + picture;
  const middle = Array.from({ length: BITS - 2 }, (_, index) => (value >> (BITS - 3 - index)) & 1);
  return [1, ...middle, 1];
}
