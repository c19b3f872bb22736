import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { CodedError } from '../../protocol/errors.ts';
import type { ImageFormat } from '../../protocol/frame.ts';
import type { Prediction } from '../../protocol/messages.ts';
import { MOST_LABELS } from '../../vision/maxLabels.ts';
import { toLabel } from '../../vision/toLabel.ts';
import type { Limits } from '../config/config.ts';
import { MAX_PICTURE_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { Semaphore } from '../limits/semaphore.ts';
import type { FrameQueue } from '../queue/frameQueue.ts';
import type { ModelRegistry } from '../serving/registry.ts';
import { toTiming } from '../session/toTiming.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { isForm, readFirstFile } from './form.ts';
import { requestBody } from './requestBody.ts';

export interface PredictContext {
  limits: Pick<Limits, 'maxPictureBytes' | 'maxPicturePixels'>;
  queue: FrameQueue;
  models: ModelRegistry;
  metrics: Metrics;
  nowMs: () => number;
  /** Pictures take turns, so that there is always a worker that streams can have. */
  turns: Semaphore;
}

/**
 * `POST /v1/predict?model=ID&minScore=0.5&maxLabels=20`: one picture, as the body or as the first file of a form. It goes the way
 * of every frame, through the same queue to the same workers.
 * @throws CodedError
 */
export async function predict(
  c: Context<{ Bindings: HttpBindings }>,
  context: PredictContext,
): Promise<Prediction> {
  const { queue, models, metrics, nowMs, turns } = context;
  const maxPixels = context.limits.maxPicturePixels;
  const model = models.find(c.req.query('model'));
  const minScore = readMinScore(c.req.query('minScore')) ?? model.manifest.minScore.default;
  const maxLabels = readMaxLabels(c.req.query('maxLabels'));
  const image = await readPicture(c.env.incoming, context.limits.maxPictureBytes);
  await models.load(model);
  const format = formatOf(image);
  if (format === undefined) {
    throw new CodedError(
      'undecodable',
      'A JPEG, PNG or WebP picture expected; these bytes are none of them.',
    );
  }
  const arrivedAtMs = nowMs();
  const outcome = await turns.run(() =>
    queue.submit({
      key: randomUUID(),
      model: model.manifest.id,
      format,
      image,
      maxPixels,
      maxDecodeMs: MAX_PICTURE_DECODE_MS,
      isFitted: false,
      maxLabels,
    }),
  );
  const serverMs = nowMs() - arrivedAtMs;
  metrics.answered('predict', outcome, serverMs);
  if (outcome.kind === 'dropped') throw droppedError(outcome.reason, outcome.detail);
  return {
    model: `${model.manifest.id}@${outcome.version}`,
    labels: outcome.detections
      .filter(({ score }) => score >= minScore)
      .map((detection, index) => toLabel({ id: index + 1, ...detection })),
    embedding: outcome.embedding && Array.from(outcome.embedding),
    timing: toTiming({ ...outcome.timing, serverMs }),
  };
}

function droppedError(reason: string, detail: string | undefined): CodedError {
  switch (reason) {
    case 'undecodable':
      return new CodedError('undecodable', `The picture could not be read: ${detail ?? 'unknown reason'}`);
    case 'too_costly':
      return new CodedError(
        'frame_too_costly',
        `The picture takes too long to decode (${detail ?? 'by its headers'}). Save it as a baseline JPEG, or smaller.`,
      );
    case 'stale':
      return new CodedError('stale', 'The server has too much to do. Try again in a moment.');
    default:
      return new CodedError('worker_lost', 'The worker ended while it looked at the picture. Try again.');
  }
}

function readMinScore(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new CodedError('bad_request', `minScore must be a number from 0 to 1, got "${text}".`);
}

function readMaxLabels(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MOST_LABELS) return value;
  throw new CodedError(
    'bad_request',
    `maxLabels must be a whole number from 1 to ${MOST_LABELS}, got "${text}".`,
  );
}

async function readPicture(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const type = request.headers['content-type'] ?? '';
  const body = requestBody(request, maxBytes);
  if (isForm(type)) return readFirstFile(body, type);
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What a picture is, by its first bytes: clients that send files often name no type, or a wrong one. */
function formatOf(image: Uint8Array): ImageFormat | undefined {
  const ascii = (from: number, to: number) => String.fromCharCode(...image.subarray(from, to));
  if (image[0] === 0xff && image[1] === 0xd8) return 'jpeg';
  if (image[0] === 0x89 && ascii(1, 4) === 'PNG') return 'png';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'webp';
  return undefined;
}
