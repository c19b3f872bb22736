import { readModelFolder } from '../server/models/modelFolder.ts';
import { frameOf } from '../server/testing/media.ts';
import { decode } from '../server/worker/decode.ts';
import { openGraph } from '../server/worker/graph.ts';

/**
 * A bare loop over the runtime, to compare with: no sockets, no pipe, no decoding; one process a core, as the server
 * has. Counts runs between the messages `go` and `stop`.
 */
const folder = await readModelFolder('models/coco-ssd');
const graph = await openGraph(folder.graphFile, folder.manifest, folder.labels, 1);
const pixels = await decode(await frameOf('cup.png'), 'jpeg', folder.manifest.input, 1_000_000);
let isRunning = false;

process.on('message', async (word: 'go' | 'stop') => {
  if (word === 'stop') {
    isRunning = false;
    return;
  }
  isRunning = true;
  let runs = 0;
  const startedAt = performance.now();
  while (isRunning) {
    await graph.run(pixels);
    runs += 1;
    await new Promise(setImmediate);
  }
  process.send?.({ perSecond: (runs * 1000) / (performance.now() - startedAt) });
});
for (let i = 0; i < 10; i++) await graph.run(pixels);
process.send?.('ready');
