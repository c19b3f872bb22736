import type { ModelInfo } from '../../protocol/messages.ts';
import { fitPicture } from '../../vision/fit.ts';
import { drawSmaller } from './drawSmaller.ts';
import { type DecodedPicture, pictureSize } from './pictureFile.ts';

const JPEG_QUALITY = 0.95;

/**
 * The whole picture as a JPEG in which the part that the model sees has just the pixels of its input: nothing more needs
 * to travel. The server fits it, and enlarges what is smaller.
 * @throws Error if the browser cannot draw it
 */
export async function pictureToJpeg(picture: DecodedPicture, input: ModelInfo['input']): Promise<Blob> {
  const whole = pictureSize(picture);
  const { part, place } = fitPicture(whole, input);
  const within = (wanted: number, most: number) => Math.min(most, Math.max(1, Math.round(wanted)));
  const size = {
    width: within((input.width * place[2]) / part[2], whole.width),
    height: within((input.height * place[3]) / part[3], whole.height),
  };
  const canvas = drawSmaller(picture, size);
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY);
  });
  canvas.width = 0;
  if (blob === null) throw new Error('This browser could not encode the picture.');
  return blob;
}
