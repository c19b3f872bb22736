import type { ModelInfo } from '../../protocol/messages.ts';
import { fitPicture } from '../../vision/fit.ts';
import { drawSmaller } from './drawSmaller.ts';

const JPEG_QUALITY = 0.95;

/**
 * The whole picture as a JPEG in which the part that the model sees has just the pixels of its input: nothing more needs
 * to travel. The server fits it.
 * @throws Error if the browser cannot draw it
 */
export async function pictureToJpeg(picture: HTMLImageElement, input: ModelInfo['input']): Promise<Blob> {
  const { part, place } = fitPicture({ width: picture.naturalWidth, height: picture.naturalHeight }, input);
  const size = {
    width: Math.max(1, Math.round((input.width * place[2]) / part[2])),
    height: Math.max(1, Math.round((input.height * place[3]) / part[3])),
  };
  const canvas = drawSmaller(picture, size);
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY);
  });
  canvas.width = 0;
  if (blob === null) throw new Error('This browser could not encode the picture.');
  return blob;
}
