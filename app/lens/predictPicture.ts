import { ClientError } from '../../client/clientError.ts';
import { createHttpClient } from '../../client/http/httpClient.ts';
import type { Label, ModelInfo } from '../../protocol/messages.ts';
import { seesTiles } from '../../vision/tasks/taskOf.ts';
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

/** A server that takes longer counts as unreachable. */
const DEADLINE_MS = 6_000;
/** With parts of the picture: twelve runs of the model. */
const THOROUGH_DEADLINE_MS = 30_000;
/** Of a picture whose parts are looked at no more is sent than this, longer side in pixels. */
const THOROUGH_SIDE_PX = 2_560;

/** A picture's labels, from the lowest score up, and the model that gave them. */
export interface SeenPicture {
  model: ModelInfo;
  labels: readonly Label[];
}

/** Which model labels a picture. */
export interface PredictOptions {
  /** The server's choice where it is undefined, or not there. */
  modelId: string | undefined;
  token: string | undefined;
  signal: AbortSignal;
  /** Looks at parts of the picture as well, where the model finds things (docs/closer.md). */
  thorough?: boolean;
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
 * Labels a picture on the server.
 * @throws ClientError, UnreadablePictureError; the signal's reason when aborted
 */
export async function predictOnServer(
  picture: SentPicture,
  { modelId, token, signal, thorough = false }: PredictOptions,
): Promise<SeenPicture> {
  if ('file' in picture && !SENDABLE.includes(picture.file.type)) {
    throw new UnreadablePictureError(
      'Only JPEG, PNG and WebP files can be sent as they are, and this browser gives no true pixels of others.',
    );
  }
  const http = createHttpClient({
    url: serverUrl(''),
    token,
    signal,
    deadlineMs: thorough ? THOROUGH_DEADLINE_MS : DEADLINE_MS,
  });
  const { models } = await http.models();
  const model = models.find(({ id }) => id === modelId) ?? models[0];
  if (model === undefined) throw new ClientError('not_ready', 'The server has no model.');
  const hasTiles = thorough && seesTiles(model.task);
  const sent =
    'file' in picture
      ? picture.file
      : await pictureToJpeg(picture.image, model.input, hasTiles ? THOROUGH_SIDE_PX : 0);
  const { labels } = await http.predict(sent, {
    model: model.id,
    minScore: model.minScore.floor,
    thorough: hasTiles,
  });
  return { model, labels };
}

/** A model sees no more of a picture than this, longer side in pixels; of one that it crops, no more of the shorter side. */
const DEVICE_SIDE_PX = 1_280;
const DEVICE_SHORT_SIDE_PX = 640;

/**
 * Labels a decoded picture on this device.
 * @param modelIndex 0: by the primary model of the selection, from 1 on by the secondary ones
 * @param thorough also looks at parts of the picture, where the model finds things (docs/closer.md)
 * @throws DeviceError
 */
export async function predictOnDevice(
  image: DecodedPicture,
  local: LocalRecognizer,
  signal: AbortSignal,
  { modelIndex = 0, thorough = false }: { modelIndex?: number; thorough?: boolean } = {},
): Promise<SeenPicture> {
  const { width, height } = pictureSize(image);
  const least = thorough ? THOROUGH_SIDE_PX : 0;
  const scale = Math.min(
    1,
    Math.max(
      Math.max(DEVICE_SIDE_PX, least) / Math.max(width, height),
      DEVICE_SHORT_SIDE_PX / Math.min(width, height),
    ),
  );
  const canvas = drawSmaller(image, {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  });
  try {
    const whole = await local.predict(await createImageBitmap(canvas), 0, signal, modelIndex);
    if (!thorough) return whole;
    return await predictTiles(whole, canvas, async (tile) =>
      local.predict(await cutTile(canvas, tile), 0, signal, modelIndex),
    );
  } finally {
    canvas.width = 0;
  }
}
