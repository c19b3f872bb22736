import { halvesToFloats, numberToHalf } from '../half.ts';
import { EMBEDDING_SIZE } from './taught.ts';

/** Embeddings of the views of a sample as bytes: float16, one after the other. */
export function encodeViews(views: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const size = views[0]?.length ?? 0;
  const halves = new Uint16Array(views.length * size);
  for (const [at, view] of views.entries()) {
    for (const [i, value] of view.entries()) halves[at * size + i] = numberToHalf(value);
  }
  return new Uint8Array(halves.buffer);
}

/** Embeddings as the disk has them: what is learned is the same after a restart. */
export const asKept = (views: readonly Float32Array[]): readonly Float32Array[] =>
  decodeViews(encodeViews(views), views[0]?.length);

/** @param size numbers of an embedding. @throws Error where these are no embeddings of that size */
export function decodeViews(bytes: Uint8Array, size = EMBEDDING_SIZE): Float32Array[] {
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
