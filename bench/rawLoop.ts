import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readModelFolder } from '../server/models/modelFolder.ts';
import { frameOf } from '../server/testing/media.ts';
import { decode } from '../server/worker/decode.ts';

/**
 * A bare loop over the runtime, to compare with: no sockets, no pipe, no decoding, and onnxruntime's own defaults but
 * for the number of threads. Runs between the messages `go` and `stop`.
 *
 *     rawLoop.ts <threads>
 */
const threads = Number(process.argv[2]);
const folder = await readModelFolder('models/coco-ssd');
const { name, width, height } = folder.manifest.input;
const pixels = await decode(await frameOf('cup.png'), 'jpeg', folder.manifest.input, 1_000_000);
const session = await InferenceSession.create(folder.graphFile, { intraOpNumThreads: threads });
const run = () => session.run({ [name]: new Tensor('uint8', pixels, [1, height, width, 3]) });
let isRunning = false;

process.on('message', async (word: 'go' | 'stop') => {
  if (word === 'stop') {
    isRunning = false;
    return;
  }
  isRunning = true;
  const runsMs: number[] = [];
  const startedAt = performance.now();
  while (isRunning) {
    const beganAt = performance.now();
    await run();
    runsMs.push(performance.now() - beganAt);
    await new Promise(setImmediate);
  }
  process.send?.({ perSecond: (runsMs.length * 1000) / (performance.now() - startedAt), runsMs });
});
process.on('disconnect', () => process.exit(0));
for (let i = 0; i < 10; i++) await run();
process.send?.('ready');
