import type { Box } from './geometry.ts';
import type { Point } from './quad.ts';

/** Which part of a picture goes where in a model's input. */
export interface Fitted {
  /** The part that is seen, in 0..1 of the picture: x, y, width, height. */
  readonly part: Box;
  /** Where it lies in the input, in 0..1 of the input: x, y, width, height. What is around it has one colour. */
  readonly inputRect: Box;
}

/** A point in 0..1 of the input as one in 0..1 of the picture. */
export const pointInPicture = ([x, y]: Point, { part, inputRect }: Fitted): Point => [
  part[0] + ((x - inputRect[0]) * part[2]) / inputRect[2],
  part[1] + ((y - inputRect[1]) * part[3]) / inputRect[3],
];

/** A box in 0..1 of the input as one in 0..1 of the picture. */
export function boxInPicture([x, y, width, height]: Box, { part, inputRect }: Fitted): Box {
  const scaleX = part[2] / inputRect[2];
  const scaleY = part[3] / inputRect[3];
  return [
    part[0] + (x - inputRect[0]) * scaleX,
    part[1] + (y - inputRect[1]) * scaleY,
    width * scaleX,
    height * scaleY,
  ];
}
