import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { CodedError } from '../../protocol/errors.ts';
import type { Prediction } from '../../protocol/messages.ts';
import { MAX_PREDICTED_LABELS } from '../../vision/maxLabels.ts';
import type { Limits } from '../config/config.ts';
import { findPredicting, type PredictContext } from '../predict/predictImage.ts';
import { isForm, readFirstFile } from './form.ts';
import type { ObserveOptions } from './observePredict.ts';
import { predictPictures } from './predictPictures.ts';
import { readAll, requestBody } from './requestBody.ts';

export interface PredictRouteContext extends PredictContext, Pick<ObserveOptions, 'tracing'> {
  limits: Pick<Limits, 'maxPictureBytes' | 'maxPicturePixels'>;
}

/**
 * `POST /v1/predict?model=ID&minScore=0.5&maxLabels=20&thorough=1`: one picture, as the body or as the first file of a form.
 * @throws CodedError
 */
export async function predict(
  c: Context<{ Bindings: HttpBindings }>,
  context: PredictRouteContext,
): Promise<Prediction | undefined> {
  const model = c.req.query('model');
  const minScore = readMinScore(c.req.query('minScore'));
  const maxLabels = readMaxLabels(c.req.query('maxLabels'));
  const thorough = readSwitch('thorough', c.req.query('thorough'));
  // Before the picture is read: a request for a model that is not there need not send one.
  findPredicting({ model, thorough }, context.models);
  const { incoming } = c.env;
  const image = await readPicture(incoming, context.limits.maxPictureBytes);
  const options = { model, minScore, maxLabels, thorough };
  const [prediction] = await predictPictures(incoming, [image], options, context);
  return prediction;
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
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_PREDICTED_LABELS) return value;
  throw new CodedError(
    'bad_request',
    `maxLabels must be a whole number from 1 to ${MAX_PREDICTED_LABELS}, got "${text}".`,
  );
}

function readSwitch(name: string, text: string | undefined): boolean {
  if (text === undefined || text === '0') return false;
  if (text === '1') return true;
  throw new CodedError('bad_request', `${name} must be 1 or 0, got "${text}".`);
}

/** The body of a request, or the first file of its form. @throws CodedError `frame_too_large`, `bad_request` for a form without one */
export async function readPicture(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const type = request.headers['content-type'] ?? '';
  const body = requestBody(request, maxBytes);
  return isForm(type) ? readFirstFile(body, type) : readAll(body);
}
