import type { DecodedPicture } from '../capture/pictureFile.ts';
import type { LensContext } from './lensContext.ts';
import {
  predictOnDevice,
  predictOnServer,
  problemOf,
  type SeenPicture,
  UnreadablePictureError,
} from './predictPicture.ts';

/**
 * Labels a picture where the backend mode says: on the server, on this device, or, in `auto`, on this device where the
 * server is busy or out of reach.
 * @param file what `image` was decoded from
 * @param options.thorough also looks at parts of the picture, where the model finds things (docs/closer.md)
 * @throws ClientError, DeviceError, UnreadablePictureError; the signal's reason when aborted
 */
export async function recognizePicture(
  context: LensContext,
  image: DecodedPicture,
  file: File,
  signal: AbortSignal,
  { thorough = false }: { thorough?: boolean } = {},
): Promise<SeenPicture> {
  const { recognizer, store, pixels, local, token } = context;
  const { report } = recognizer;
  store.dispatch({ type: 'backend', report });
  await pixels.ready;
  const { access } = pixels;
  if (report.mode === 'device') {
    if (access === 'none') throw new UnreadablePictureError('This browser gives no true pixels.');
    return predictOnDevice(image, local, signal, thorough);
  }
  const { modelId } = store.getState();
  try {
    return await predictOnServer(access === 'canvas' ? { image } : { file }, {
      modelId,
      token: token(),
      signal,
      thorough,
    });
  } catch (error) {
    signal.throwIfAborted();
    const problem = problemOf(error);
    if (report.mode === 'server' || (problem !== 'unreachable' && problem !== 'busy')) throw error;
    const seen = await predictOnDevice(image, local, signal, thorough).catch(() => {
      throw error;
    });
    const kind = problem === 'busy' ? 'server-busy' : 'server-unreachable';
    store.dispatch({ type: 'backend', report: { ...report, backend: 'device', reason: { kind } } });
    return seen;
  }
}
