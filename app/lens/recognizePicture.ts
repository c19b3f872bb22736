import type { Label } from '../../protocol/messages.ts';
import type { DecodedPicture } from '../capture/pictureFile.ts';
import type { LensContext } from './lensContext.ts';
import {
  predictOnDevice,
  predictOnServer,
  problemOf,
  type SeenPicture,
  UnreadablePictureError,
} from './predictPicture.ts';

/** A picture's labels of all selected models; each label has an id of its own. */
export interface SeenByAll extends SeenPicture {
  /** Those of the secondary models, at their own default confidence. */
  readonly secondary: readonly Label[];
}

/**
 * Labels a picture where the backend mode says: on the server, on this device, or, in `auto`, on this device where the
 * server is busy or out of reach. The secondary models of the selection label it, too; one that fails is left out.
 * @param file what `image` was decoded from
 * @throws ClientError, DeviceError, UnreadablePictureError of the primary model; the signal's reason when aborted
 */
export async function recognizePicture(
  context: LensContext,
  image: DecodedPicture,
  file: File,
  signal: AbortSignal,
): Promise<SeenByAll> {
  const { recognizer, store, pixels, local, token } = context;
  const { report } = recognizer;
  store.dispatch({ type: 'backend', report });
  await pixels.ready;
  const { access } = pixels;
  const { modelId, secondary } = store.getState();
  const onDevice = (modelIndex: number) => predictOnDevice(image, local, signal, modelIndex);
  const onServer = (id: string | undefined) =>
    predictOnServer(access === 'canvas' ? { image } : { file }, {
      modelId: id,
      token: token(),
      signal,
    });
  if (report.mode === 'device') {
    if (access === 'none') throw new UnreadablePictureError('This browser gives no true pixels.');
    const seen = await onDevice(0);
    return withSecondary(
      seen,
      secondary.map((_, index) => () => onDevice(index + 1)),
      signal,
    );
  }
  try {
    const seen = await onServer(modelId);
    return await withSecondary(
      seen,
      secondary.map((id) => () => onServer(id)),
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    const problem = problemOf(error);
    if (report.mode === 'server' || (problem !== 'unreachable' && problem !== 'busy')) throw error;
    const seen = await onDevice(0).catch(() => {
      throw error;
    });
    const kind = problem === 'busy' ? 'server-busy' : 'server-unreachable';
    store.dispatch({ type: 'backend', report: { ...report, backend: 'device', reason: { kind } } });
    return withSecondary(
      seen,
      secondary.map((_, index) => () => onDevice(index + 1)),
      signal,
    );
  }
}

/** Asks the secondary models one after the other: they share the processor. */
async function withSecondary(
  seen: SeenPicture,
  asks: readonly (() => Promise<SeenPicture>)[],
  signal: AbortSignal,
): Promise<SeenByAll> {
  const models = new Set([seen.model.id]);
  let nextId = Math.max(0, ...seen.labels.map(({ id }) => id)) + 1;
  const secondary: Label[] = [];
  let { unread } = seen;
  for (const ask of asks) {
    const other = await ask().catch(() => undefined);
    signal.throwIfAborted();
    // A server that does not have a model answers with its first one.
    if (other === undefined || models.has(other.model.id)) continue;
    models.add(other.model.id);
    unread += other.unread;
    const sure = other.labels.filter(({ score }) => score >= other.model.minScore.default);
    secondary.push(...sure.map((label) => ({ ...label, id: nextId++ })));
  }
  return { ...seen, secondary, unread };
}
