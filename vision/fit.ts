import type { Box } from './geometry.ts';

/** Which part of a picture goes where in a model's input. */
export interface Fitted {
  /** The part that is seen, in 0..1 of the picture: x, y, width, height. */
  readonly part: Box;
  /** Where it lies in the input, in 0..1 of it; what is around it has one colour. */
  readonly place: Box;
}

/** A box in 0..1 of the input as one in 0..1 of the picture. */
export function boxInPicture([x, y, width, height]: Box, { part, place }: Fitted): Box {
  const scaleX = part[2] / place[2];
  const scaleY = part[3] / place[3];
  return [
    part[0] + (x - place[0]) * scaleX,
    part[1] + (y - place[1]) * scaleY,
    width * scaleX,
    height * scaleY,
  ];
}
