import path from 'node:path';
import { halvesToFloats, numberToHalf } from '../../vision/half.ts';
import type { StoredSample } from '../../vision/things/collectionIndex.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';

/** A sample as its embeddings are found. */
export type EmbeddedSample = Pick<StoredSample, 'id' | 'version' | 'size'>;

export const samplesIn = (collectionDir: string): string => path.join(collectionDir, 'samples');
export const indexIn = (collectionDir: string): string => path.join(collectionDir, 'collection.json');

/** What another model made of the average picture, in the folder of all collections. No collection can be called so. */
export const backgroundIn = (thingsDir: string, version: string): string =>
  path.join(thingsDir, `.background-${version}.f16`);

/** The name of the file that has the embeddings of a sample after another version of a model, or another model, embedded it again. */
export const viewsAgain = (id: string, version: string): string => `${id}.${version}.f16`;

/** The names of files that may have the embeddings of a sample; the first that is there does. */
export const viewFilesOf = ({ id, version }: EmbeddedSample): readonly string[] => [
  viewsAgain(id, version),
  `${id}.f16`,
];

export const sizeOf = ({ size = EMBEDDING_SIZE }: Pick<StoredSample, 'size'>): number => size;

export function encodeViews(views: readonly Float32Array[]): Uint8Array {
  const size = views[0]?.length ?? 0;
  const halves = new Uint16Array(views.length * size);
  for (const [at, view] of views.entries()) halves.set(Uint16Array.from(view, numberToHalf), at * size);
  return new Uint8Array(halves.buffer);
}

/** Embeddings as the disk has them: what is learned is the same after a restart. */
export const asKept = (views: readonly Float32Array[]): readonly Float32Array[] =>
  decodeViews(encodeViews(views), views[0]?.length ?? 0);

/** @throws Error where these are no embeddings of that size */
export function decodeViews(bytes: Uint8Array, size: number): Float32Array[] {
  const each = 2 * size;
  if (bytes.byteLength === 0 || bytes.byteLength % each > 0) {
    throw new Error(`${bytes.byteLength} bytes are no embeddings of ${size} numbers.`);
  }
  // Copied: a small file may lie in the middle of a larger buffer, at an odd place.
  const numbers = halvesToFloats(new Uint16Array(new Uint8Array(bytes).buffer));
  return Array.from({ length: bytes.byteLength / each }, (_, at) =>
    numbers.subarray(at * size, (at + 1) * size),
  );
}
