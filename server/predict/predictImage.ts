import { randomUUID } from 'node:crypto';
import { CodedError } from '../../protocol/errors.ts';
import type { Prediction } from '../../protocol/messages.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { CODES_MODEL } from '../../protocol/vocabulary.ts';
import { pictureLabels } from '../../vision/pictureLabels.ts';
import { taskOf } from '../../vision/tasks/taskOf.ts';
import { withTaughtNames } from '../../vision/things/nameRegions.ts';
import { MAX_PICTURE_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { FrameInbox, FrameJob } from '../queue/frameQueue.ts';
import { toTiming } from '../queue/toTiming.ts';
import { type ModelDirectory, runBy, type ServedModel } from '../serving/modelDirectory.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { droppedError, requireFormat } from './pictureErrors.ts';
import { type CodesContext, predictCodes } from './predictCodes.ts';
import { refuseTilesOfCodes, requireTiles, withTiles } from './withTiles.ts';

export interface PredictContext extends CodesContext {
  queue: FrameInbox;
  models: ModelDirectory;
  metrics: Metrics;
}

export interface PredictOptions {
  /** Default: the server's default model. `codes` reads codes, without a model. */
  readonly model?: string | undefined;
  /** Lowest score of a label, 0..1. Default: the model's. */
  readonly minScore?: number | undefined;
  /** Maximum number of labels. Default: that of the model's task. */
  readonly maxLabels?: number | undefined;
  /** Looks at parts of the picture at a finer scale as well (vision/tiles/). Default false. */
  readonly thorough?: boolean | undefined;
}

/**
 * The model that would answer, undefined where codes are read without one. Needs no picture yet.
 * @throws CodedError `bad_request` where it cannot be thorough, `unknown_model`, `not_ready`
 */
export function findPredicting(
  { model, thorough = false }: Pick<PredictOptions, 'model' | 'thorough'>,
  models: Pick<ModelDirectory, 'find'>,
): ServedModel | undefined {
  if (model === CODES_MODEL) {
    if (thorough) refuseTilesOfCodes();
    return undefined;
  }
  const found = models.find(model);
  if (thorough) requireTiles(found.manifest);
  return found;
}

/**
 * What a model says of one JPEG, PNG or WebP picture. It goes the way of every frame, through the same queue to the same
 * workers. No part of HTTP: any contract of a platform can call it.
 * @throws CodedError `bad_request` where the model cannot be thorough, `unknown_model`, `not_ready`, `server_busy`, `undecodable`, `frame_too_costly`, `stale`, `worker_lost`
 */
export async function predictImage(
  image: Uint8Array,
  options: PredictOptions,
  context: PredictContext,
): Promise<Prediction> {
  const { queue, models, metrics, nowMs, pictures } = context;
  const model = findPredicting(options, models);
  if (model === undefined) return predictCodes(image, options, context);
  const { thorough = false, minScore = model.manifest.minScore.default } = options;
  await models.load(model);
  if (model.taught && model.taught() === undefined)
    throw new CodedError('not_ready', aboutThings('learning_again'));
  const format = requireFormat(image);
  const arrivedAtMs = nowMs();
  metrics.received('predict', image.byteLength);
  const job: FrameJob = {
    key: randomUUID(),
    ...runBy(model),
    format,
    image,
    maxPixels: context.limits.maxPicturePixels,
    maxDecodeMs: MAX_PICTURE_DECODE_MS,
    isFitted: false,
    maxLabels: options.maxLabels,
    wantsTiles: thorough,
  };
  const whole = await pictures.run(() => queue.submit(job));
  const isTiled = thorough && whole.kind === 'answered';
  const { views, ...result } = isTiled
    ? await withTiles(whole, job, context)
    : { ...whole, views: undefined };
  const serverMs = nowMs() - arrivedAtMs;
  metrics.answered('predict', result, serverMs);
  if (result.kind === 'dropped') throw droppedError(result);
  const answer = withTaughtNames(result.answer, model.taught?.());
  return {
    model: `${model.manifest.id}@${result.version}`,
    labels: pictureLabels(answer, minScore).slice(0, options.maxLabels),
    ...taskOf(answer.task).inPrediction?.(answer),
    ...(views && { views }),
    timing: toTiming({ ...result.timing, serverMs }),
  };
}
