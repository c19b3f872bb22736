import type { ModelInfo } from '../../protocol/messages.ts';
import type { Fitted } from '../../vision/fit.ts';
import type { Box } from '../../vision/geometry.ts';
import { fitPicture, type Size, stepsOf } from '../../vision/steps.ts';
import { fitPart } from '../../vision/tiles/fitPart.ts';
import type { GrabbedFrame } from './grabFrames.ts';

/** Longest side of a frame whose size follows the picture: a server takes some 500 kB, and a line of text is read from less. */
export const MAX_FRAME_SIDE_PX = 1_280;

/** What is behind a picture with transparency, as on the server: docs/pictures.md. */
const BEHIND = '#fff';

/**
 * Draws what a model sees of the picture onto a canvas of the size of its input. What its steps scale and then cut is one
 * drawing: the part that is left, in the place that it has then.
 * @param only this part of what is seen of the whole, in 0..1 of that; default: the whole
 * @returns which part of the picture was drawn where
 */
export function drawFitted(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  picture: GrabbedFrame['picture'],
  input: ModelInfo['input'],
  only?: Box,
): Fitted {
  const size = sizeOf(picture);
  const { width, height } = size;
  const steps = stepsOf(input);
  const fitted = only ? fitPart(size, input, only) : fitPicture(size, input);
  const { part, inputRect } = fitted;
  const around = steps.findLast((step) => step.op === 'pad');
  if (around) {
    context.fillStyle = `rgb(${around.colour.join(' ')})`;
    context.fillRect(0, 0, input.width, input.height);
  }
  const [x, y, shownWidth, shownHeight] = [
    inPixels(inputRect[0], input.width),
    inPixels(inputRect[1], input.height),
    inPixels(inputRect[2], input.width),
    inPixels(inputRect[3], input.height),
  ];
  context.fillStyle = BEHIND;
  // Whole pixels only: a fraction would lighten the picture's edge.
  const [left, top] = [Math.ceil(x), Math.ceil(y)];
  const right = Math.max(left, Math.floor(x + shownWidth));
  const bottom = Math.max(top, Math.floor(y + shownHeight));
  context.fillRect(left, top, right - left, bottom - top);
  // The other ways to mix pixels have no equal here: a canvas averages when it shrinks, and is bilinear when it enlarges.
  context.imageSmoothingEnabled = steps.every((step) => step.op !== 'resize' || step.resample !== 'nearest');
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
  return fitted;
}

/** Pixels, whole where the steps give whole ones. */
const inPixels = (share: number, side: number) => Math.round(share * side * 1e6) / 1e6;

/** The size at which a picture is seen, in pixels. */
export function sizeOf(picture: GrabbedFrame['picture']): Size {
  if ('displayWidth' in picture) return { width: picture.displayWidth, height: picture.displayHeight };
  return { width: picture.width, height: picture.height };
}
