import { problemOf } from '../models/problem.ts';
import type { Collection, NamedPicture } from './collection.ts';
import { patiently } from './patiently.ts';
import type { Adding } from './thingsState.ts';

/** Of a picture: no one holds a button meanwhile, and a file that was refused would have to be found again. */
const MAX_TRIES = 30;

/**
 * Adds pictures to a collection, one after the other. One that is refused is named, and the others are added.
 * @param onProgress called before the first one, and after each
 * @param signal ends it; nothing is said of the picture on its way
 */
export async function addPictures(
  pictures: readonly NamedPicture[],
  collection: Pick<Collection, 'addSample'>,
  onProgress: (adding: Adding) => void,
  signal: AbortSignal,
): Promise<void> {
  let adding: Adding = { done: 0, total: pictures.length, refused: [] };
  onProgress(adding);
  for (const { fileName, name, read } of pictures) {
    if (signal.aborted) return;
    try {
      const sample = await read();
      await patiently(() => collection.addSample(sample, name), signal, MAX_TRIES);
    } catch (error) {
      if (signal.aborted) return;
      adding = { ...adding, refused: [...adding.refused, { file: fileName, problem: problemOf(error) }] };
    }
    adding = { ...adding, done: adding.done + 1 };
    onProgress(adding);
  }
}
