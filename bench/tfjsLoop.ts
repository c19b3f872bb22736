import { loadReference } from '../models/build/reference.ts';
import { decode } from '../server/inference/decode.ts';
import { frameOf } from '../server/testing/media.ts';
import { loopOnWord } from './loopOnWord.ts';

/**
 * The original TensorFlow.js graph of COCO-SSD on its WebAssembly backend in a loop: one process and one thread (in Node
 * that backend has no more), no sockets, no decoding. Runs between the messages `go` and `stop`.
 */
const reference = await loadReference();
const { pixels } = await decode(
  await frameOf('cup.png'),
  'jpeg',
  { width: 300, height: 300, fit: 'stretch' },
  { maxPixels: 1_000_000, isFitted: true },
);
const run = () => reference.detect(pixels, 300, 300, { minScore: 0.5 });

await loopOnWord(run, 5);
