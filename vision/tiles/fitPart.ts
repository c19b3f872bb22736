import { boxInPicture, type Fitted } from '../fit.ts';
import { type Box, WHOLE } from '../geometry.ts';
import { type DescribedInput, fitPicture, type Size } from '../steps.ts';
import { fittedTile, tilePx } from './tilePx.ts';

/** A box of the picture, in 0..1 of what a frame of the whole shows of it. @param shown that, in 0..1 of the picture */
export const boxInShown = (box: Box, shown: Box): Box => boxInPicture(box, { part: WHOLE, inputRect: shown });

/**
 * Which part of a picture goes where in a model's input, when the frame shows a part only, in the picture's own pixels.
 * @param part in 0..1 of what a frame of the whole shows
 */
export function fitPart(picture: Size, input: DescribedInput, part: Box): Fitted {
  const { part: shown } = fitPicture(picture, input);
  const tile = tilePx(boxInPicture(part, { part: shown, inputRect: WHOLE }), picture);
  return fittedTile(fitPicture(tile, input), tile, picture);
}
