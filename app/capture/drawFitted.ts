import type { ModelInfo } from '../../protocol/messages.ts';
import { fitPicture } from '../../vision/fit.ts';
import type { GrabbedFrame, SizePx } from '../recognizers/recognizer.ts';

/** What is around a letterboxed picture: the grey that models are trained with. */
const AROUND = 'rgb(114 114 114)';

/** What is behind a picture with transparency, as on the server: docs/pictures.md. */
const BEHIND = '#fff';

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
  const [x, y, shownWidth, shownHeight] = [
    place[0] * input.width,
    place[1] * input.height,
    place[2] * input.width,
    place[3] * input.height,
  ];
  context.fillStyle = BEHIND;
  // Whole pixels only: a fraction would lighten the picture's edge.
  const [left, top] = [Math.ceil(x), Math.ceil(y)];
  const right = Math.max(left, Math.floor(x + shownWidth));
  const bottom = Math.max(top, Math.floor(y + shownHeight));
  context.fillRect(left, top, right - left, bottom - top);
  context.drawImage(
    picture,
    part[0] * width,
    part[1] * height,
    part[2] * width,
    part[3] * height,
    x,
    y,
    shownWidth,
    shownHeight,
  );
}

/** The size at which a picture is seen, in pixels. */
export function sizeOf(picture: GrabbedFrame['picture']): SizePx {
  if ('displayWidth' in picture) return { width: picture.displayWidth, height: picture.displayHeight };
  return { width: picture.width, height: picture.height };
}
