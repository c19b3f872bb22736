import type { Fitted } from '../fit.ts';

/** A tile of a picture, prepared as a frame. */
export interface TileFrame {
  /** Which part of the picture is where in the frame. */
  readonly fitted: Fitted;
  /** See Tile. */
  readonly isMirrored: boolean;
  /** PNG, of the model's size. */
  readonly image: Uint8Array;
}
