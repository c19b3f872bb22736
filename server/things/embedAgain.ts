import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../protocol/errors.ts';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import { THINGS_MODEL } from '../../protocol/things.ts';
import { type StoredSample, samplesOf, type Things } from '../../vision/things/collectionIndex.ts';
import { viewsToKeep } from '../../vision/things/taught.ts';
import { asKept } from '../../vision/things/viewBytes.ts';
import type { Collection } from './collection.ts';
import { embedSample, type TeachContext } from './teach.ts';

export interface EmbedAgainOptions {
  /** The model that is to embed the things from then on; undefined for the shipped one. */
  readonly embedder: string | undefined;
  readonly signal: AbortSignal;
  /** Called before the first sample, and after each. */
  onProgress?(done: number, total: number): void;
  /** Waits before a sample is tried again that a busy server had no time for. */
  wait?(ms: number, signal: AbortSignal): Promise<void>;
}

/** Between two tries while the server is busy, ms: twice as long each time. */
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;

/**
 * Embeds all samples of a collection by another model, or another version of it, and lets it use them once all are there: vectors of two
 * are not to be mixed. A sample whose picture cannot be read stays as it is. While the server is busy it waits, longer each time.
 * @throws CodedError, the signal's reason; then nothing has changed, and what was embedded is there for the next time
 */
export async function embedAgain(
  collection: Collection,
  context: TeachContext,
  { embedder, signal, onProgress = () => {}, wait = waitFor }: EmbedAgainOptions,
): Promise<void> {
  const written = new Set<string>();
  const left = new Set<string>();
  let version = '';
  let size: number | undefined;
  for (;;) {
    const { version: now } = context.models.find(embedder ?? THINGS_MODEL);
    if (now !== version) written.clear();
    version = now;
    const missing = missingIn(collection.things, version).filter(
      ({ sample: { id } }) => !written.has(id) && !left.has(id),
    );
    if (missing.length === 0) {
      const isUnchanged = written.size === 0 && embedder === collection.embedder;
      if (isUnchanged || (await collection.takeOver({ embedder, version, size, written, left }))) return;
      continue;
    }
    const total = samplesOf(collection.things).length;
    for (const { sample, views: count } of missing) {
      onProgress(total - missing.length + written.size + left.size, total);
      const { id } = sample;
      // The first one says how many numbers there are.
      if (size !== undefined && (await collection.hasEmbeddedAgain(id, version, size))) {
        written.add(id);
        continue;
      }
      const embed = () => embedStored(collection, sample, context, { embedder, views: count, signal });
      const found = await patiently(embed, wait, signal);
      if (found === undefined) {
        left.add(id);
        continue;
      }
      // Another version took over: all over again.
      if (found.version !== version) break;
      const views = asKept(found.views);
      size = views[0]?.length;
      await collection.embedAgain(id, views, version);
      written.add(id);
    }
    onProgress(total, total);
  }
}

/**
 * Embeds the kept picture of a sample. Undefined where it cannot be read, such as one of a zip that was imported, of which the headers
 * alone were looked at.
 * @throws see embedSample
 */
export async function embedStored(
  collection: Collection,
  { id, box }: StoredSample,
  context: TeachContext,
  options: Parameters<typeof embedSample>[2],
): Promise<Awaited<ReturnType<typeof embedSample>> | undefined> {
  const image = await collection.picture(id).catch(() => undefined);
  const format = image && imageFormatOf(image);
  if (image === undefined || format === undefined) return undefined;
  const { maxPicturePixels: maxPixels } = context.limits;
  try {
    return await embedSample({ image, format, box, isCut: true, maxPixels }, context, options);
  } catch (error) {
    if (isOfPicture(error)) return undefined;
    throw error;
  }
}

/** With how many views each is to have. */
const missingIn = (things: Things, version: string) =>
  things.flatMap(({ samples }) =>
    samples.flatMap((sample, at) =>
      sample.version === version ? [] : { sample, views: viewsToKeep(ALL_VIEWS, at).length },
    ),
  );
const ALL_VIEWS = Array.from({ length: 64 });

/** Asks again while the server is only busy. @throws what is no matter of time, the signal's reason */
export async function patiently<T>(
  ask: () => Promise<T>,
  wait: NonNullable<EmbedAgainOptions['wait']>,
  signal: AbortSignal,
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!isOfTime(error)) throw error;
      await wait(waitMs, signal);
    }
  }
}

export const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false });

const isOfPicture = (error: unknown) =>
  error instanceof CodedError && (error.code === 'undecodable' || error.code === 'frame_too_costly');
const OF_TIME: ReadonlySet<string> = new Set([
  'server_busy',
  'stale',
  'worker_lost',
  'not_ready',
  'rate_limited',
]);
const isOfTime = (error: unknown) => error instanceof CodedError && OF_TIME.has(error.code);
