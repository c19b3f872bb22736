import type { IncomingMessage } from 'node:http';
import { CodedError } from '../../protocol/errors.ts';
import type { Prediction } from '../../protocol/messages.ts';
import { type PredictContext, type PredictOptions, predictImage } from '../predict/predictImage.ts';
import { notePrediction, noteReceived } from './observePredict.ts';

/**
 * What the model says of each picture of a request, in order. They go one after the other, so that a long list is to others as one
 * client.
 * @throws CodedError of the first that fails, which its message names where there are several
 */
export async function predictPictures(
  request: IncomingMessage,
  pictures: readonly Uint8Array[],
  options: PredictOptions,
  context: PredictContext,
): Promise<Prediction[]> {
  noteReceived(request, pictures);
  const predictions: Prediction[] = [];
  for (const [at, picture] of pictures.entries()) {
    try {
      const prediction = await predictImage(picture, options, context);
      notePrediction(request, prediction);
      predictions.push(prediction);
    } catch (error) {
      if (!(error instanceof CodedError) || pictures.length === 1) throw error;
      const { code, message, retryAfterMs } = error;
      const options = { cause: error, ...(retryAfterMs !== undefined && { retryAfterMs }) };
      throw new CodedError(code, `Picture ${at}: ${message}`, options);
    }
  }
  return predictions;
}
