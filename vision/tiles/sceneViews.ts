import type { FrameView } from '../../protocol/frame.ts';
import { placedInPicture } from '../fit.ts';
import { WHOLE } from '../geometry.ts';
import { maxLabelsOf } from '../maxLabels.ts';
import { type PictureAnswer, seesTiles, taskOf } from '../tasks/taskOf.ts';
import type { Detection } from '../tracker.ts';

/** What a model said of the whole of a scene that stands still, first, and of its parts. A value; empty: of nothing yet. */
export type SceneViews = readonly { readonly view: FrameView; readonly answer: PictureAnswer }[];

/** Parts of a scene that are kept; an older one gives way. More than a page sends. */
const MAX_PARTS = 16;

/**
 * The views with one more. A new scene forgets those of the one before, the whole of the same one takes the place of its
 * whole, and a part that of the same part.
 * @returns undefined for a part that belongs to no whole
 */
export function addView(before: SceneViews, view: FrameView, answer: PictureAnswer): SceneViews | undefined {
  const [whole, ...parts] = before;
  const added = { view, answer };
  if (view.shows !== 'part') return view.shows === 'new scene' ? [added] : [added, ...parts];
  if (whole === undefined || !seesTiles(answer.task)) return undefined;
  const others = parts.filter(({ view: { part } }) => !isSame(part, view.part));
  return [whole, ...others.slice(1 - MAX_PARTS), added];
}

/** What the views show together, best first, boxes in 0..1 of a frame of the whole. */
export function seenInScene(views: SceneViews): readonly Detection[] {
  const [whole] = views;
  if (whole === undefined) return [];
  const { labelsOf, mergeTiles } = taskOf(whole.answer.task);
  if (views.length === 1 || mergeTiles === undefined) return labelsOf(whole.answer);
  const merged = mergeTiles(
    views.map(({ view: { shows, part, inputRect }, answer }) => ({
      answer,
      fitted: { part: shows === 'part' ? part : WHOLE, inputRect },
      isMirrored: false,
    })),
    { maxLabels: maxLabelsOf({ task: whole.answer.task }) },
  );
  // Back from what the whole shows to its frame, which may have something around that.
  const fitted = { part: whole.view.inputRect, inputRect: WHOLE };
  return labelsOf(merged).map((one) => placedInPicture(one, fitted));
}

const isSame = (a: FrameView['part'], b: FrameView['part']) => a.every((side, at) => side === b[at]);
