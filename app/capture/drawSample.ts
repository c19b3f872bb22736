import { SAMPLE_SIDE_PX } from '../../vision/things/sampleCut.ts';
import { drawSmaller } from './drawSmaller.ts';
import { type DecodedPicture, pictureSize } from './pictureFile.ts';

/**
 * A canvas with a picture as a sample is kept: no larger than a server keeps it, and on a white ground where it is transparent. Who asks
 * for it gives it back, by a width of 0.
 * @throws Error if the browser cannot draw it
 */
export function drawSample(picture: DecodedPicture): HTMLCanvasElement {
  const { width, height } = pictureSize(picture);
  const scale = Math.min(1, SAMPLE_SIDE_PX / Math.max(width, height));
  return drawSmaller(picture, { width: width * scale, height: height * scale });
}
