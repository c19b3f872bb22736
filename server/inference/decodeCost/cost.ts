/** How much work a picture is to decode, by its headers; nothing of it is decoded for this. */
export interface DecodeCost {
  /**
   * Upper bound of its processor time, ms, on the machine where the constants were measured (one core of a 2026 server).
   * Infinity where the headers say nothing that a decoder could use within bounds.
   */
  ms: number;
  /** Width times height; 0 where no header states it. */
  pixels: number;
  /** As it lies in the file, before its orientation tag is followed; 0 where no header states it. */
  size: { width: number; height: number };
  /** What makes it costly, for a reader, e.g. `JPEG, progressive, 10 scans, 4.2 megapixels`. */
  what: string;
  /** The headers bound the work. Those of lossless WebP do not: the number of codes is in the compressed bytes. */
  isBounded: boolean;
}

const NO_SIZE = { width: 0, height: 0 };

/** What no decoder will take: it fails immediately, without work. */
export const unreadable = (what: string): DecodeCost => ({
  ms: 0,
  pixels: 0,
  size: NO_SIZE,
  what,
  isBounded: true,
});

/** The headers go on for longer than those of any picture that a program writes. */
export const endless = (what: string): DecodeCost => ({
  ms: Number.POSITIVE_INFINITY,
  pixels: 0,
  size: NO_SIZE,
  what,
  isBounded: true,
});

export const megapixels = (width: number, height: number): string =>
  `${((width * height) / 1e6).toFixed(1)} megapixels`;
