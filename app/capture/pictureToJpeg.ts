import type { ModelInfo } from '../../protocol/messages.ts';
import { fitPicture } from '../../vision/fit.ts';

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
  // Halving step by step averages all pixels; one big step skips most of them in some browsers.
  let source: CanvasImageSource = picture;
  let width = picture.naturalWidth;
  let height = picture.naturalHeight;
  const canvases: HTMLCanvasElement[] = [];
  do {
    width = Math.max(size.width, Math.ceil(width / 2));
    height = Math.max(size.height, Math.ceil(height / 2));
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser has no 2D canvas.');
    context.imageSmoothingQuality = 'high';
    // Transparent pictures get a white ground, as most of them expect.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(source, 0, 0, width, height);
    canvases.push(canvas);
    source = canvas;
  } while (width > size.width || height > size.height);

  const last = canvases.at(-1);
  const blob = await new Promise<Blob | null>((resolve, reject) => {
    if (last === undefined) reject(new Error('Nothing was drawn.'));
    else last.toBlob(resolve, 'image/jpeg', JPEG_QUALITY);
  });
  for (const canvas of canvases) canvas.width = 0;
  if (blob === null) throw new Error('This browser could not encode the picture.');
  return blob;
}
