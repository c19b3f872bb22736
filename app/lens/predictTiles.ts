import type { ModelInfo } from '../../protocol/messages.ts';
import { WHOLE } from '../../vision/geometry.ts';
import { maxLabelsOf } from '../../vision/maxLabels.ts';
import type { Size } from '../../vision/steps.ts';
import type { TileView } from '../../vision/tasks/task.ts';
import { type PictureAnswer, taskOf } from '../../vision/tasks/taskOf.ts';
import { planTiles, type Tile } from '../../vision/tiles/planTiles.ts';
import { toLabel } from '../../vision/toLabel.ts';
import type { SeenPicture } from './predictPicture.ts';

/** What a model on this device says of a picture. */
export interface DeviceAnswer extends Omit<SeenPicture, 'unread'> {
  /** Boxes in 0..1 of the picture; undefined where there is none. */
  readonly answer: PictureAnswer | undefined;
}

/**
 * Looks at parts of a picture in addition to the whole, as the server does with `thorough=1` (docs/closer.md).
 * @param whole what the model said of the whole; it stays as it is where the model sees pictures only as a whole
 * @param picture its size, pixels
 * @param see runs the model on one tile
 */
export async function predictTiles(
  whole: DeviceAnswer,
  picture: Size,
  see: (tile: Tile) => Promise<DeviceAnswer>,
): Promise<Omit<SeenPicture, 'unread'>> {
  const { model, answer } = whole;
  if (answer === undefined) return whole;
  const task = taskOf(answer.task);
  if (task.mergeTiles === undefined) return whole;
  const views: TileView<PictureAnswer>[] = [{ answer, fitted: undefined, isMirrored: false }];
  for (const tile of planTiles(picture, model.input)) {
    const seen = await see(tile);
    // Another version may have come in between: its scores are not to be mixed with those of this one.
    if (seen.answer === undefined || !isSame(seen.model, model)) continue;
    const fitted = { part: tile.part, inputRect: WHOLE };
    views.push({ answer: seen.answer, fitted, isMirrored: tile.isMirrored });
  }
  const merged = task.mergeTiles(views, { maxLabels: maxLabelsOf({ task: answer.task }) });
  const labels = task.labelsOf(merged).map((thing, index) => toLabel({ id: index + 1, ...thing }));
  return { model, labels };
}

const isSame = (a: ModelInfo, b: ModelInfo) => a.id === b.id && a.version === b.version;
