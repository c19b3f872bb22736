import { CodedError } from '../../protocol/errors.ts';
import type { ImageFormat } from '../../protocol/frame.ts';
import { decodeCost } from '../inference/decodeCost/decodeCost.ts';
import { MAX_PICTURE_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { FrameResult } from '../queue/frameQueue.ts';

/**
 * Looks at the headers of a picture before a process of its own decodes it.
 * @returns what becomes of one that costs too much, undefined for all others
 * @throws CodedError `undecodable` for too many pixels
 */
export function dropOfCost(
  image: Uint8Array,
  format: ImageFormat,
  maxPixels: number,
): Extract<FrameResult, { kind: 'dropped' }> | undefined {
  const cost = decodeCost(image, format);
  if (cost.pixels > maxPixels) {
    throw new CodedError('undecodable', `At most ${maxPixels} pixels, the picture has ${cost.pixels}.`);
  }
  if (cost.ms <= MAX_PICTURE_DECODE_MS) return undefined;
  return { kind: 'dropped', reason: 'too_costly', detail: cost.what };
}
