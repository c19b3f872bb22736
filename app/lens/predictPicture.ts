import { ClientError } from '../../client/clientError.ts';
import { createHttpClient } from '../../client/http/httpClient.ts';
import type { Label, ModelInfo } from '../../protocol/messages.ts';
import { modelBehind } from '../../protocol/things.ts';
import { seesTiles } from '../../vision/tasks/taskOf.ts';
import { unreadLines } from '../../vision/text/unread.ts';
import { serverUrl } from '../browser/basePath.ts';
import { cutTile } from '../capture/cutTile.ts';
import { drawSmaller } from '../capture/drawSmaller.ts';
import { type DecodedPicture, pictureSize } from '../capture/pictureFile.ts';
import { pictureToJpeg } from '../capture/pictureToJpeg.ts';
import type { LocalRecognizer } from '../recognizers/localRecognizer.ts';
import { predictTiles } from './predictTiles.ts';

/** Why a picture got no labels. */
export type PredictProblem =
  | 'unreachable'
  | 'busy'
  | 'unauthorized'
  | 'refused'
  /** The browser gives this page something else than the picture's pixels. */
  | 'unreadable';

/** The page cannot read the picture's pixels, and the server cannot decode its file. */
export class UnreadablePictureError extends Error {
  override readonly name = 'UnreadablePictureError';
}

/** What a failed prediction means for the page. */
export function problemOf(error: unknown): PredictProblem {
  if (error instanceof UnreadablePictureError) return 'unreadable';
  if (!(error instanceof ClientError)) return 'refused';
  const { code, status = 0 } = error;
  // A proxy whose server is away answers for it.
  if (code === 'unreachable' || (code === 'unexpected_answer' && status >= 500)) return 'unreachable';
  if (status === 401) return 'unauthorized';
  return status === 503 || status === 429 ? 'busy' : 'refused';
}

/** A server that takes longer counts as unreachable: with parts of the picture it is twelve runs of the model. */
const DEADLINE_MS = 30_000;
/** Of a picture whose parts are looked at no more than this is seen, longer side in pixels. */
const THOROUGH_SIDE_PX = 2_560;

/** A picture's labels, from the lowest score up, and the model that gave them. */
export interface SeenPicture {
  model: ModelInfo;
  labels: readonly Label[];
  /** Lines of text that were found, and that there was no time to read. */
  unread: number;
}

/** Which model labels a picture. */
export interface PredictOptions {
  /** The server's choice where it is undefined, or not there. */
  modelId: string | undefined;
  token: string | undefined;
  signal: AbortSignal;
}

/**
 * The model that labels a picture: the one that was asked for, or the first, where it is not there. A collection of taught things is in
 * no list: what stands for it is the model behind all of them, under the collection's id.
 */
export function modelFor<Model extends { readonly id: string }>(
  id: string | undefined,
  models: readonly Model[],
): Model | undefined {
  if (id === undefined) return models[0];
  const found = models.find((model) => model.id === modelBehind(id));
  return found ? { ...found, id } : models[0];
}

/** What of a picture is sent. */
export type SentPicture =
  /** As few pixels of the decoded picture as the model needs. */
  | { image: DecodedPicture }
  /** The file as it is, where the browser gives no true pixels of it. */
  | { file: Blob };

/** What the server decodes; of a file without a type it reads the first bytes. */
const SENDABLE = ['image/jpeg', 'image/png', 'image/webp', ''];

/**
 * Labels a picture on the server. Parts of it are looked at as well, where the model finds things (docs/closer.md).
 * @throws ClientError, UnreadablePictureError; the signal's reason when aborted
 */
export async function predictOnServer(
  picture: SentPicture,
  { modelId, token, signal }: PredictOptions,
): Promise<SeenPicture> {
  if ('file' in picture && !SENDABLE.includes(picture.file.type)) {
    throw new UnreadablePictureError(
      'Only JPEG, PNG and WebP files can be sent as they are, and this browser gives no true pixels of others.',
    );
  }
  const http = createHttpClient({ url: serverUrl(''), token, signal, deadlineMs: DEADLINE_MS });
  const { models } = await http.models();
  const model = modelFor(modelId, models);
  if (model === undefined) throw new ClientError('not_ready', 'The server has no model.');
  const hasTiles = seesTiles(model.task);
  const sent =
    'file' in picture
      ? picture.file
      : await pictureToJpeg(picture.image, model.input, hasTiles ? THOROUGH_SIDE_PX : 0);
  const { labels, answer } = await http.predict(sent, {
    model: model.id,
    minScore: model.minScore.floor,
    thorough: hasTiles,
  });
  return { model, labels, unread: unreadLines(answer) };
}

/** Of a picture that it crops, a model sees no more than this of the shorter side, in pixels. */
const DEVICE_SHORT_SIDE_PX = 640;

/**
 * Labels a decoded picture on this device. Parts of it are looked at as well, where the model finds things (docs/closer.md).
 * @param modelIndex 0: by the primary model of the selection, from 1 on by the secondary ones
 * @throws DeviceError
 */
export async function predictOnDevice(
  image: DecodedPicture,
  local: LocalRecognizer,
  signal: AbortSignal,
  modelIndex: number,
): Promise<SeenPicture> {
  const { width, height } = pictureSize(image);
  const scale = Math.min(
    1,
    Math.max(THOROUGH_SIDE_PX / Math.max(width, height), DEVICE_SHORT_SIDE_PX / Math.min(width, height)),
  );
  const canvas = drawSmaller(image, {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  });
  try {
    const whole = await local.predict(await createImageBitmap(canvas), 0, signal, modelIndex);
    const seen = await predictTiles(whole, canvas, async (tile) =>
      local.predict(await cutTile(canvas, tile), 0, signal, modelIndex),
    );
    return { ...seen, unread: unreadLines(whole.answer) };
  } finally {
    canvas.width = 0;
  }
}
