import type { ModelInfo } from '../../protocol/messages.ts';
import { follow, stepsOf } from '../../vision/steps.ts';
import { canvasToBlob } from './canvasToBlob.ts';
import { drawSmaller } from './drawSmaller.ts';
import { type DecodedPicture, pictureSize } from './pictureFile.ts';

const JPEG_QUALITY = 0.95;

/**
 * The whole picture as a JPEG, as large as the model's steps scale it first: nothing more needs to travel. The server does the
 * rest, and enlarges what is smaller.
 * @param leastSidePx the longer side keeps at least this many pixels, where it has them
 * @throws Error if the browser cannot draw it
 */
export async function pictureToJpeg(
  picture: DecodedPicture,
  input: ModelInfo['input'],
  leastSidePx = 0,
): Promise<Blob> {
  const whole = pictureSize(picture);
  const [first] = follow(stepsOf(input), whole).moves;
  // A nearest pixel is one of the picture, no mean.
  const to = first?.op === 'resize' && first.resample !== 'nearest' ? first.to : whole;
  const least = Math.min(1, leastSidePx / Math.max(whole.width, whole.height));
  const size = {
    width: Math.min(whole.width, Math.max(to.width, Math.round(whole.width * least))),
    height: Math.min(whole.height, Math.max(to.height, Math.round(whole.height * least))),
  };
  const canvas = drawSmaller(picture, size);
  try {
    return await canvasToBlob(canvas, 'image/jpeg', JPEG_QUALITY);
  } finally {
    canvas.width = 0;
  }
}
