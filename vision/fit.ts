import type { Box } from './geometry.ts';
import type { ModelInput } from './manifest.ts';

/** A width and a height, in any unit. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Which part of a picture goes where in a model's input. */
export interface Fitted {
  /** The part that is seen, in 0..1 of the picture: x, y, width, height. */
  readonly part: Box;
  /** Where it lies in the input, in 0..1 of it; what is around it is grey. */
  readonly place: Box;
}

const WHOLE: Box = [0, 0, 1, 1];

/** How a picture of this shape becomes the input; the same for a page, a server and a notebook. */
export function fitPicture(picture: Size, input: Size & Pick<ModelInput, 'fit' | 'crop'>): Fitted {
  const { width, height, fit, crop = 1 } = input;
  /** How much wider the picture's shape is than the input's. */
  const wider = picture.width / picture.height / (width / height);
  switch (fit) {
    case 'stretch':
      return { part: WHOLE, place: WHOLE };
    case 'crop':
      return {
        part: centred(wider > 1 ? crop / wider : crop, wider > 1 ? crop : crop * wider),
        place: WHOLE,
      };
    case 'letterbox':
      return { part: WHOLE, place: wider > 1 ? centred(1, 1 / wider) : centred(wider, 1) };
    default:
      return fit satisfies never;
  }
}

const centred = (width: number, height: number): Box => [(1 - width) / 2, (1 - height) / 2, width, height];

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
