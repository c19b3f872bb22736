import { CodedError } from '../../protocol/errors.ts';
import type { Manifest } from '../../vision/manifest.ts';
import { maxLabelsOf } from '../../vision/maxLabels.ts';
import { type PictureAnswer, seesTiles, taskOf } from '../../vision/tasks/taskOf.ts';
import type { TileFrame } from '../../vision/tiles/tileFrame.ts';
import { MAX_FRAME_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { FrameJob, FrameResult } from '../queue/frameQueue.ts';
import type { PredictContext } from './predictImage.ts';

/** Time after which no more tiles are begun; those that were seen count. */
const TILES_MS = 10_000;
/** Tiles of one picture in the queue at a time: the other worker has the next one when the first is done. */
const LANES = 2;

/** @throws CodedError `bad_request` */
export function requireTiles({ task, id }: Pick<Manifest, 'task' | 'id'>): void {
  if (seesTiles(task)) return;
  throw new CodedError(
    'bad_request',
    `thorough=1 is for models that find things in a picture; "${id}" (${task}) sees it as a whole. Leave it out.`,
  );
}

/** @throws CodedError `bad_request`: always */
export function refuseTilesOfCodes(): never {
  throw new CodedError(
    'bad_request',
    'thorough=1 is for models that find things in a picture; codes are looked for in all of it anyway. Leave it out.',
  );
}

type Answered = Extract<FrameResult, { kind: 'answered' }>;

/** How much of a picture was seen: the whole counts as one view, each tile as one. */
export interface Views {
  readonly seen: number;
  readonly planned: number;
}

/**
 * Runs the tiles of a picture after the whole, and merges what was seen. Each is a frame like all others: it waits for its turn in the
 * queue, and at most `LANES` wait at a time, so that streams and other pictures come in between. Tiles that the server has no
 * time for are left out.
 * @param job of the whole picture
 */
export async function withTiles(
  whole: Answered,
  job: FrameJob,
  { queue, pictures, nowMs, models }: PredictContext,
): Promise<Answered & { views: Views }> {
  const { tiles = [], version } = whole;
  const { input, ...manifest } = models.find(job.model).manifest;
  const endsAtMs = nowMs() + TILES_MS;
  const waiting = tiles.values();
  const seen: { tile: TileFrame; answer: PictureAnswer; timing: Answered['timing'] }[] = [];

  async function runLane(lane: number): Promise<void> {
    for (const tile of waiting) {
      const result = await pictures.run(() =>
        queue.submit({
          key: `${job.key}/${lane}`,
          model: job.model,
          format: 'png',
          image: tile.image,
          maxPixels: input.width * input.height,
          maxDecodeMs: MAX_FRAME_DECODE_MS,
          isFitted: true,
        }),
      );
      // Another version may have gone live in between: its scores are not to be mixed with those of this one.
      if (result.kind === 'answered' && result.version === version) {
        seen.push({ tile, answer: result.answer, timing: result.timing });
      }
      if (nowMs() > endsAtMs) return;
    }
  }

  await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane)));
  const views = [
    { answer: whole.answer, fitted: undefined, isMirrored: false },
    ...seen.map(({ tile: { fitted, isMirrored }, answer }) => ({ answer, fitted, isMirrored })),
  ];
  const maxLabels = job.maxLabels ?? maxLabelsOf(manifest);
  const timing = (name: keyof Answered['timing']) =>
    seen.reduce((sum, one) => sum + one.timing[name], whole.timing[name]);
  return {
    ...whole,
    answer: taskOf(whole.answer.task).mergeTiles?.(views, { maxLabels }) ?? whole.answer,
    timing: { queueMs: timing('queueMs'), decodeMs: timing('decodeMs'), inferMs: timing('inferMs') },
    views: { seen: views.length, planned: tiles.length + 1 },
  };
}
