import type { ImageFormat } from '../../protocol/frame.ts';
import type { ModelInfo } from '../../protocol/messages.ts';
import { followsPicture } from '../../vision/steps.ts';
import type { SavingReason } from './powerSaver.ts';

/** At up to this quality frames are small: what is sent unless there is room for more. */
const SMALL_QUALITY = 0.7;
const BEST_QUALITY = 0.9;
/** Keeping the colour of each pixel takes some 4 ms for 300x300 pixels in the page, in proportion to their number. */
const MAX_COLOURED_PIXELS = 640 * 640;

/**
 * Why a picture is as it is. `best`: a model answers as to the uncompressed one; `link`: it takes no more, or that is not known yet; `server`:
 * frames queue there, and small ones are decoded sooner; `device`: it is too slow to keep the colour of each pixel.
 */
export type PictureReason = 'best' | 'link' | 'server' | 'device' | SavingReason;

/** A picture that was sent. */
export interface SentPicture {
  /** Of its sides, as it was encoded unless the server takes few bytes. */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly format: ImageFormat;
  /** 0..1 */
  readonly quality: number;
  readonly reason: PictureReason;
}

/**
 * The quality of the next frame.
 * @param linkQuality what suits the link, 0..1
 * @param saving a reason to send no more than needed
 */
export function pictureQuality(
  linkQuality: number,
  saving: SavingReason | 'server' | undefined,
): Pick<SentPicture, 'quality' | 'reason'> {
  if (saving && linkQuality > SMALL_QUALITY) return { quality: SMALL_QUALITY, reason: saving };
  return { quality: linkQuality, reason: linkQuality >= BEST_QUALITY ? 'best' : 'link' };
}

/** Whether each pixel is to keep its colour. Lines of text are read as well without, and have ten times the pixels. */
export const keepsColours = (input: ModelInfo['input']): boolean =>
  !followsPicture(input) && input.width * input.height <= MAX_COLOURED_PIXELS;
