import { randomUUID } from 'node:crypto';
import { CodedError } from '../../protocol/errors.ts';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import type { Prediction } from '../../protocol/messages.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { taskOf } from '../../vision/tasks/taskOf.ts';
import { toLabel } from '../../vision/toLabel.ts';
import { MAX_PICTURE_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { Semaphore } from '../limits/semaphore.ts';
import type { FrameInbox, FrameResult } from '../queue/frameQueue.ts';
import { toTiming } from '../queue/toTiming.ts';
import type { ModelDirectory } from '../serving/modelDirectory.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface PredictContext {
  limits: { readonly maxPicturePixels: number };
  queue: FrameInbox;
  models: ModelDirectory;
  metrics: Metrics;
  /** A monotonic clock. */
  nowMs: () => number;
  /** Pictures wait for each other here, so that one worker is always left to the streams. */
  pictures: Semaphore;
}

export interface PredictOptions {
  /** Default: the server's default model. */
  readonly model?: string | undefined;
  /** Lowest score of a label, 0..1. Default: the model's. */
  readonly minScore?: number | undefined;
  /** Maximum number of labels. Default: that of the model's task. */
  readonly maxLabels?: number | undefined;
}

/**
 * What a model says of one JPEG, PNG or WebP picture. It goes the way of every frame, through the same queue to the same
 * workers. No part of HTTP: any contract of a platform can call it.
 * @throws CodedError `unknown_model`, `not_ready`, `server_busy`, `undecodable`, `frame_too_costly`, `stale`, `worker_lost`
 */
export async function predictImage(
  image: Uint8Array,
  options: PredictOptions,
  context: PredictContext,
): Promise<Prediction> {
  const { queue, models, metrics, nowMs, pictures } = context;
  const model = models.find(options.model);
  const minScore = options.minScore ?? model.manifest.minScore.default;
  await models.load(model);
  const format = imageFormatOf(image);
  if (format === undefined) {
    throw new CodedError('undecodable', aboutModels('no_picture'));
  }
  const arrivedAtMs = nowMs();
  const result = await pictures.run(() =>
    queue.submit({
      key: randomUUID(),
      model: model.manifest.id,
      format,
      image,
      maxPixels: context.limits.maxPicturePixels,
      maxDecodeMs: MAX_PICTURE_DECODE_MS,
      isFitted: false,
      maxLabels: options.maxLabels,
    }),
  );
  const serverMs = nowMs() - arrivedAtMs;
  metrics.answered('predict', result, serverMs);
  if (result.kind === 'dropped') throw droppedError(result);
  const { answer } = result;
  const task = taskOf(answer.task);
  return {
    model: `${model.manifest.id}@${result.version}`,
    labels: task
      .labelsOf(answer)
      .filter(({ score }) => score >= minScore)
      .map((detection, index) => toLabel({ id: index + 1, ...detection })),
    ...task.inPrediction?.(answer),
    timing: toTiming({ ...result.timing, serverMs }),
  };
}

function droppedError({ reason, detail }: Extract<FrameResult, { kind: 'dropped' }>): CodedError {
  switch (reason) {
    case 'undecodable':
      return new CodedError(
        'undecodable',
        aboutModels('picture_unreadable', { why: detail ?? 'unknown reason' }),
      );
    case 'too_costly':
      return new CodedError(
        'frame_too_costly',
        aboutModels('picture_too_costly', { why: detail ?? 'by its headers' }),
      );
    case 'stale':
      return new CodedError('stale', aboutModels('server_overloaded'));
    default:
      return new CodedError('worker_lost', aboutModels('worker_ended'));
  }
}
