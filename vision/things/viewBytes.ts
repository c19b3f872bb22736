import { halvesToFloats, numberToHalf } from '../half.ts';
import { EMBEDDING_SIZE } from './taught.ts';

/** Embeddings of the views of a sample as bytes: float16, one after the other. */
export function encodeViews(views: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const halves = new Uint16Array(views.length * EMBEDDING_SIZE);
  for (const [at, view] of views.entries()) halves.set([...view].map(numberToHalf), at * EMBEDDING_SIZE);
  return new Uint8Array(halves.buffer);
}

/** Embeddings as the disk has them: what is learned is the same after a restart. */
export const asKept = (views: readonly Float32Array[]): readonly Float32Array[] =>
  decodeViews(encodeViews(views));

/** @throws Error where these are no embeddings */
export function decodeViews(bytes: Uint8Array): Float32Array[] {
  const size = 2 * EMBEDDING_SIZE;
  if (bytes.byteLength === 0 || bytes.byteLength % size > 0) {
    throw new Error(`${bytes.byteLength} bytes are no embeddings of ${EMBEDDING_SIZE} numbers.`);
  }
  const numbers = halvesToFloats(new Uint16Array(bytes.slice().buffer));
  return Array.from({ length: bytes.byteLength / size }, (_, at) =>
    numbers.subarray(at * EMBEDDING_SIZE, (at + 1) * EMBEDDING_SIZE),
  );
}
