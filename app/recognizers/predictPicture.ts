import * as v from 'valibot';
import { messageOf } from '../../protocol/errors.ts';
import { ErrorBody, type Label, type ModelInfo, ModelList, Prediction } from '../../protocol/messages.ts';
import { serverUrl } from '../browser/basePath.ts';
import { drawSmaller } from '../capture/drawSmaller.ts';
import { pictureToJpeg } from '../capture/pictureToJpeg.ts';
import type { LocalRecognizer } from './localRecognizer.ts';

/** Why a picture got no labels. */
export type PredictProblem = 'unreachable' | 'busy' | 'unauthorized' | 'refused';

export class PredictError extends Error {
  override readonly name = 'PredictError';
  constructor(
    readonly problem: PredictProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A server that takes longer is as good as away. */
const ANSWER_MS = 6_000;

interface CallOptions {
  token: string | undefined;
  signal: AbortSignal;
}

/** A picture's labels, from the lowest score up, and the model that gave them. */
export interface SeenPicture {
  model: ModelInfo;
  labels: readonly Label[];
}

/**
 * Asks the server what is on a decoded picture.
 * @param options.modelId the server's choice where it is undefined
 * @throws PredictError
 */
export async function lookAtPicture(
  image: HTMLImageElement,
  { modelId, ...options }: CallOptions & { modelId: string | undefined },
): Promise<SeenPicture> {
  const model = await fetchModel(modelId, options);
  const jpeg = await pictureToJpeg(image, model.input);
  const minScore = model.minScore.floor;
  return { model, labels: await predictPicture(jpeg, { ...options, modelId: model.id, minScore }) };
}

/** A model sees no more of a picture than this, longer side in pixels. */
const DEVICE_SIDE_PX = 1_280;

/**
 * Looks at a decoded picture on this device.
 * @throws PredictError
 */
export async function lookHere(
  image: HTMLImageElement,
  local: LocalRecognizer,
  signal: AbortSignal,
): Promise<SeenPicture> {
  const { naturalWidth: width, naturalHeight: height } = image;
  const scale = Math.min(1, DEVICE_SIDE_PX / Math.max(width, height));
  const canvas = drawSmaller(image, {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  });
  try {
    return await local.predict(await createImageBitmap(canvas), 0, signal);
  } catch (cause) {
    throw new PredictError('refused', messageOf(cause), { cause });
  } finally {
    canvas.width = 0;
  }
}

/**
 * The model of that id, if the server has it; else the one that it uses when none is named.
 * @throws PredictError
 */
async function fetchModel(id: string | undefined, options: CallOptions): Promise<ModelInfo> {
  const { models } = await call('v1/models', { method: 'GET' }, ModelList, options);
  const model = models.find((one) => one.id === id) ?? models[0];
  if (model === undefined) throw new PredictError('refused', 'The server has no model.');
  return model;
}

/**
 * Labels of one picture, from `minScore` up.
 * @throws PredictError
 */
async function predictPicture(
  picture: Blob,
  { modelId, minScore, ...options }: CallOptions & { modelId: string; minScore: number },
): Promise<readonly Label[]> {
  const query = new URLSearchParams({ model: modelId, minScore: String(minScore) });
  const request = { method: 'POST', body: picture, headers: { 'Content-Type': picture.type } };
  const { labels } = await call(`v1/predict?${query}`, request, Prediction, options);
  return labels;
}

async function call<const S extends v.GenericSchema>(
  path: string,
  request: RequestInit & { headers?: Record<string, string> },
  schema: S,
  { token, signal }: CallOptions,
): Promise<v.InferOutput<S>> {
  const headers = {
    ...request.headers,
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  // A link that falls silent says nothing of it.
  const attempt = new AbortController();
  const end = () => attempt.abort();
  signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, ANSWER_MS);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(serverUrl(path), {
      ...request,
      headers,
      signal: attempt.signal,
      cache: 'no-store',
    });
    body = await response.json();
  } catch (cause) {
    signal.throwIfAborted();
    throw new PredictError('unreachable', 'The server did not answer.', { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
  if (!response.ok) throw refusal(response.status, body);
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  throw new PredictError('refused', `The server's answer was not understood: ${parsed.issues[0].message}`);
}

function refusal(status: number, body: unknown): PredictError {
  const parsed = v.safeParse(ErrorBody, body);
  const message = parsed.success ? parsed.output.error.message : `The server answered with status ${status}.`;
  if (status === 401) return new PredictError('unauthorized', message);
  if (status === 503 || status === 429) return new PredictError('busy', message);
  return new PredictError('refused', message);
}
