import { randomUUID } from 'node:crypto';
import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { THINGS_MODEL } from '../../protocol/things.ts';
import type { Box } from '../../vision/geometry.ts';
import { MAX_EMBEDDING_SIZE } from '../../vision/things/collectionIndex.ts';
import { THING_SIZE } from '../../vision/things/cutThing.ts';
import { MAX_FRAME_DECODE_MS, MAX_PICTURE_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { Semaphore } from '../limits/semaphore.ts';
import { dropOfCost } from '../predict/dropOfCost.ts';
import { droppedError, requireFormat } from '../predict/pictureErrors.ts';
import type { FrameInbox, FrameResult } from '../queue/frameQueue.ts';
import type { ModelDirectory } from '../serving/modelDirectory.ts';
import type { Decoders } from '../worker/decoder/decoders.ts';
import type { NewSample } from './collection.ts';

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
 * @param embedder id of the model that embeds it; undefined for the shipped one
 * @throws CodedError `undecodable`, `frame_too_costly`, `unknown_model`, `not_ready`, `server_busy`, `stale`, `worker_lost`
 */
export async function takeSample(
  image: Uint8Array,
  box: Box,
  context: TeachContext,
  embedder?: string,
): Promise<NewSample> {
  const format = requireFormat(image);
  const { maxPicturePixels: maxPixels } = context.limits;
  const dropped = dropOfCost(image, format, maxPixels);
  if (dropped) throw droppedError(dropped);
  const sample = await embedSample({ image, format, box, isCut: false, maxPixels }, context, { embedder });
  return { ...sample, embedder, takenAtMs: Date.now() };
}

/**
 * The embeddings of the views of a thing in a picture, the plain one first, and what is kept of the picture.
 * @param options.views how many of the views; default: all of them
 * @param options.signal ends it between two steps
 * @throws see `takeSample`; the signal's reason
 */
export async function embedSample(
  picture: Omit<Parameters<Decoders['cutSample']>[0], 'maxCpuMs' | 'view'>,
  { models, pictures, cutters, queue }: TeachContext,
  {
    embedder,
    views: count,
    signal,
  }: { embedder: string | undefined; views?: number; signal?: AbortSignal | undefined },
): Promise<Omit<NewSample, 'takenAtMs' | 'embedder'>> {
  const id = embedder ?? THINGS_MODEL;
  const model = models.find(id);
  if (embedder !== undefined && model.manifest.task !== 'image-embedding') {
    throw new CodedError('conflict', aboutThings('no_embedder', { model: id }));
  }
  const { width, height } = embedder === undefined ? THING_SIZE : model.manifest.input;
  await models.load(model);
  // Its turn may come long after it was cancelled.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
    pictures.run(() => {
      signal?.throwIfAborted();
      return work();
    });
  const cut = await inTurn(() =>
    cutters.cutSample({ ...picture, view: { width, height }, maxCpuMs: MAX_PICTURE_DECODE_MS }),
  );
  if (cut.kind === 'dropped') throw droppedError(cut);
  const key = randomUUID();
  const views: Float32Array[] = [];
  const versions = new Set<string>();
  // One after the other: streams come in between.
  for (const view of cut.views.slice(0, count)) {
    const result = await inTurn(() =>
      queue.submit({
        key,
        model: id,
        format: 'png',
        image: view,
        maxPixels: width * height,
        maxDecodeMs: MAX_FRAME_DECODE_MS,
        isFitted: true,
      }),
    );
    if (result.kind === 'dropped') throw droppedError(result);
    views.push(embeddingIn(result, id));
    versions.add(result.version);
  }
  const [version = '', ...others] = versions;
  if (others.length > 0) throw new CodedError('stale', aboutThings('things_changed'));
  return { jpeg: cut.jpeg, box: [...cut.box], views, version };
}

/** @throws CodedError `conflict` where the model gives none that can be kept */
function embeddingIn({ answer }: Extract<FrameResult, { kind: 'answered' }>, model: string): Float32Array {
  if (answer.task === 'thing-embedding') {
    const whole = answer.regions.at(-1);
    if (whole) return whole.embedding;
  }
  if (answer.task !== 'image-embedding')
    throw new CodedError('conflict', aboutThings('no_embedder', { model }));
  const { embedding } = answer;
  if (embedding.length > MAX_EMBEDDING_SIZE) {
    const about = { model, size: embedding.length, max: MAX_EMBEDDING_SIZE };
    throw new CodedError('conflict', aboutThings('embedder_size', about));
  }
  const length = Math.hypot(...embedding);
  if (!Number.isFinite(length)) throw new CodedError('conflict', aboutThings('no_embedder', { model }));
  // What is kept has half precision, and only the direction counts.
  return embedding.map((value) => value / (length || 1));
}
