import { InferenceSession, Tensor } from 'onnxruntime-node';
import { decode } from '../server/inference/decode.ts';
import { readModelFolder } from '../server/library/modelFolder.ts';
import { frameOf } from '../server/testing/media.ts';
import { loopOnWord } from './loopOnWord.ts';

/**
 * A bare loop over the runtime, to compare with: no sockets, no pipe, no decoding, and onnxruntime's own defaults but
 * for the number of threads. Runs between the messages `go` and `stop`.
 *
 *     rawLoop.ts <threads> [<a graph>]
 */
const folder = await readModelFolder('models/coco-ssd');
const [, , threads, graph = folder.graphFiles.main ?? ''] = process.argv;
const { name, width, height } = folder.manifest.input;
const { pixels } = await decode(await frameOf('cup.png'), 'jpeg', folder.manifest.input, {
  maxPixels: 1_000_000,
  isFitted: true,
});
const session = await InferenceSession.create(graph, {
  intraOpNumThreads: Number(threads),
});
const run = () => session.run({ [name]: new Tensor('uint8', pixels, [1, height, width, 3]) });

await loopOnWord(run, 10);
