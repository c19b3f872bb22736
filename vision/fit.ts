import type { Box } from './geometry.ts';
import { areaOfOutline, mapOutline, type Outline } from './masks/outline.ts';
import { mapPoints, type Points } from './points.ts';
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

/**
 * Points in 0..1 of the input as such in 0..1 of the picture. Those outside it, as a leg that the picture cuts off, are not
 * seen: they get the score 0, at its edge. What is no number counts as outside.
 */
export function pointsInPicture(points: Points, fitted: Fitted | undefined): Points {
  return mapPoints(points, (inputX, inputY, score) => {
    const [x, y] = fitted === undefined ? [inputX, inputY] : pointInPicture([inputX, inputY], fitted);
    const isInside = x >= 0 && x <= 1 && y >= 0 && y <= 1;
    return [within(x), within(y), isInside ? within(score) : 0];
  });
}

/** An outline in 0..1 of the input as one in 0..1 of the picture; what lies outside it ends at its edge. */
export const outlineInPicture = (outline: Outline, fitted: Fitted | undefined): Outline =>
  mapOutline(outline, (inputX, inputY) => {
    const [x, y] = fitted === undefined ? [inputX, inputY] : pointInPicture([inputX, inputY], fitted);
    return [within(x), within(y)];
  });

/** In 0..1; 0 for what is no number. */
const within = (value: number): number => (Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, value)));

/** What may be said of a thing by its place. */
interface Placed {
  readonly box?: Box | undefined;
  readonly points?: readonly number[] | undefined;
  readonly outline?: Outline | undefined;
  readonly share?: number | undefined;
}

/** Something with a box, key points or an outline in 0..1 of the input, with them in 0..1 of the picture; the same without. */
export const placedInPicture = <Item extends Placed>(item: Item, fitted: Fitted): Item => {
  const { box, points, share } = item;
  const outline = item.outline && outlineInPicture(item.outline, fitted);
  if (box === undefined && outline === undefined) return item;
  return {
    ...item,
    ...(box && { box: boxInPicture(box, fitted) }),
    ...(points && { points: pointsInPicture(points, fitted) }),
    ...(outline && { outline }),
    // Of the picture, which may be more or less than the input.
    ...(outline && share !== undefined && { share: areaOfOutline(outline) }),
  };
};
