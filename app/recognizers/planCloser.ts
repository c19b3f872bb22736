import type { ModelInfo } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import { fitPicture, type Size } from '../../vision/steps.ts';
import { seesTiles } from '../../vision/tasks/taskOf.ts';
import { boxInShown } from '../../vision/tiles/fitPart.ts';
import { planParts } from '../../vision/tiles/planParts.ts';

/** What is known of the scene, boxes in 0..1 of the picture. */
interface Known {
  readonly things: readonly { readonly score: number; readonly box?: Box | undefined }[];
  /** Of what was tapped. */
  readonly focus: Box | undefined;
}

/**
 * Plans the parts of a still scene to look at.
 * @returns undefined for a model that sees pictures only as a whole; else gives the parts, best first, in 0..1 of what a frame of the whole shows
 */
export function planCloser(
  model: Pick<ModelInfo, 'task' | 'input'>,
  picture: Size,
  known: () => Known,
): (() => Box[]) | undefined {
  if (!seesTiles(model.task)) return undefined;
  return () => {
    const { part } = fitPicture(picture, model.input);
    const shown = { width: part[2] * picture.width, height: part[3] * picture.height };
    const { things, focus } = known();
    const inShown = (box: Box | undefined) => box && boxInShown(box, part);
    return planParts(shown, model.input, {
      things: things.map(({ score, box }) => ({ score, box: inShown(box) })),
      focus: inShown(focus),
    });
  };
}
