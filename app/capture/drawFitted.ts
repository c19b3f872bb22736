import type { ModelInfo } from '../../protocol/messages.ts';
import { fitPicture } from '../../vision/fit.ts';
import type { GrabbedFrame, SizePx } from '../recognizers/recognizer.ts';

/** What is around a letterboxed picture: the grey that models are trained with. */
const AROUND = 'rgb(114 114 114)';

/** Draws what a model sees of the picture onto a canvas of the size of its input. */
export function drawFitted(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  picture: GrabbedFrame['picture'],
  input: ModelInfo['input'],
): void {
  const { width, height } = sizeOf(picture);
  const { part, place } = fitPicture({ width, height }, input);
  if (place[2] < 1 || place[3] < 1) {
    context.fillStyle = AROUND;
    context.fillRect(0, 0, input.width, input.height);
  }
  context.drawImage(
    picture,
    part[0] * width,
    part[1] * height,
    part[2] * width,
    part[3] * height,
    place[0] * input.width,
    place[1] * input.height,
    place[2] * input.width,
    place[3] * input.height,
  );
}

/** The size at which a picture is seen, in pixels. */
export function sizeOf(picture: GrabbedFrame['picture']): SizePx {
  if ('displayWidth' in picture) return { width: picture.displayWidth, height: picture.displayHeight };
  return { width: picture.width, height: picture.height };
}
