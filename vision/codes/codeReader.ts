import type { Quad } from '../quad.ts';
import type { GreyPicture } from './greyPicture.ts';

/** How hard a reader tries; what is left out is off. */
export interface ReadEffort {
  /** Which kinds of code: those of bars, those of cells, or these formats. Default: all. */
  readonly kind?: 'linear' | 'matrix' | readonly string[];
  /** More lines and more candidates. */
  readonly harder?: boolean;
  /** Also turned by 90 degrees. */
  readonly rotate?: boolean;
  /** Also light on dark. */
  readonly invert?: boolean;
  /** Also at a half and a third of its size. */
  readonly downscale?: boolean;
  /** Also with gaps in dark cells closed. */
  readonly denoise?: boolean;
}

/** A code as a reader found it in a picture. */
export interface FoundCode {
  /** The symbology, such as `QRCode`. */
  readonly format: string;
  readonly isLinear: boolean;
  readonly isInverted: boolean;
  /** Exactly what the code holds. */
  readonly bytes: Uint8Array;
  /** The bytes in the character set that the code names; undefined where it names none. */
  readonly declaredText: string | undefined;
  /** Of an EAN or UPC: the two or five digits beside it. */
  readonly addOn: string | undefined;
  /** Clockwise from the code's own top left, in pixels. */
  readonly quad: Quad;
}

/** Finds codes in a picture. Synchronous: it runs in workers only. */
export type CodeReader = (picture: GreyPicture, effort: ReadEffort) => FoundCode[];
