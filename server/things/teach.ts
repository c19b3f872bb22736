import { randomUUID } from 'node:crypto';
import { CodedError } from '../../protocol/errors.ts';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { THINGS_MODEL } from '../../protocol/things.ts';
import type { Box } from '../../vision/geometry.ts';
import { samplesOf } from '../../vision/things/collectionIndex.ts';
import { THING_SIDE_PX } from '../../vision/things/thingSide.ts';
import { MAX_FRAME_DECODE_MS, MAX_PICTURE_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { Semaphore } from '../limits/semaphore.ts';
import { dropOfCost } from '../predict/dropOfCost.ts';
import { droppedError, requireFormat } from '../predict/pictureErrors.ts';
import type { FrameInbox } from '../queue/frameQueue.ts';
import type { ModelDirectory } from '../serving/modelDirectory.ts';
import type { Decoders } from '../worker/decoder/decoders.ts';
import type { Collection, NewSample } from './collection.ts';

export interface TeachContext {
  queue: FrameInbox;
  models: Pick<ModelDirectory, 'find' | 'load'>;
  /** Pictures wait for each other here. */
  pictures: Semaphore;
  /** Processes that cut things out. */
  cutters: Pick<Decoders, 'cutSample'>;
  limits: { readonly maxPicturePixels: number };
}

/**
 * Makes a sample of a picture. Its bytes are decoded in a process of their own; the views go through the frame queue to the workers.
 * @param box where the thing is, in 0..1 of the picture
 * @throws CodedError `undecodable`, `frame_too_costly`, `unknown_model`, `not_ready`, `server_busy`, `stale`, `worker_lost`
 */
export async function takeSample(image: Uint8Array, box: Box, context: TeachContext): Promise<NewSample> {
  const format = requireFormat(image);
  const { maxPicturePixels: maxPixels } = context.limits;
  const dropped = dropOfCost(image, format, maxPixels);
  if (dropped) throw droppedError(dropped);
  const sample = await embed({ image, format, box, isCut: false, maxPixels }, context);
  return { ...sample, takenAtMs: Date.now() };
}

/**
 * The samples of a collection are embedded again where another version of the model did it: vectors of two are not to be mixed.
 * A sample whose picture cannot be read stays as it is.
 */
export async function embedAgain(collection: Collection, context: TeachContext): Promise<void> {
  const { version } = context.models.find(THINGS_MODEL);
  for (const { id, box, version: before } of samplesOf(collection.things)) {
    if (before === version) continue;
    const image = await collection.picture(id).catch(() => undefined);
    const format = image && imageFormatOf(image);
    if (image === undefined || format === undefined) continue;
    const maxPixels = context.limits.maxPicturePixels;
    try {
      const again = await embed({ image, format, box, isCut: true, maxPixels }, context);
      await collection.embedAgain(id, again.views, again.version);
    } catch (error) {
      // One of a zip that was imported, of which the headers alone were looked at, must not keep all others from it.
      if (!isOfPicture(error)) throw error;
    }
  }
}

const isOfPicture = (error: unknown) =>
  error instanceof CodedError && (error.code === 'undecodable' || error.code === 'frame_too_costly');

async function embed(
  picture: Omit<Parameters<Decoders['cutSample']>[0], 'maxCpuMs'>,
  { models, pictures, cutters, queue }: TeachContext,
): Promise<Omit<NewSample, 'takenAtMs'>> {
  const model = models.find(THINGS_MODEL);
  await models.load(model);
  const cut = await pictures.run(() => cutters.cutSample({ ...picture, maxCpuMs: MAX_PICTURE_DECODE_MS }));
  if (cut.kind === 'dropped') throw droppedError(cut);
  const key = randomUUID();
  const views: Float32Array[] = [];
  const versions = new Set<string>();
  // One after the other: streams come in between.
  for (const view of cut.views) {
    const result = await pictures.run(() =>
      queue.submit({
        key,
        model: THINGS_MODEL,
        format: 'png',
        image: view,
        maxPixels: THING_SIDE_PX ** 2,
        maxDecodeMs: MAX_FRAME_DECODE_MS,
        isFitted: true,
      }),
    );
    if (result.kind === 'dropped') throw droppedError(result);
    const { answer, version } = result;
    const whole = answer.task === 'thing-embedding' ? answer.regions.at(-1) : undefined;
    if (whole === undefined) throw new Error(`The model "${THINGS_MODEL}" is none of taught things.`);
    views.push(whole.embedding);
    versions.add(version);
  }
  const [version = '', ...others] = versions;
  if (others.length > 0) throw new CodedError('stale', aboutThings('things_changed'));
  return { jpeg: cut.jpeg, box: [...cut.box], views, version };
}
