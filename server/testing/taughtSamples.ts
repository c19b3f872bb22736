import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import type { NewSample } from '../things/collection.ts';

/** A sample whose views are `value` in each number; float16 knows it. */
export const taughtSample = (value: number, takenAtMs = value): NewSample => ({
  takenAtMs,
  box: [0, 0, 1, 1],
  version: 'v1',
  jpeg: new Uint8Array([0xff, 0xd8, value]),
  views: [new Float32Array(EMBEDDING_SIZE).fill(value), new Float32Array(EMBEDDING_SIZE).fill(value / 2)],
});
