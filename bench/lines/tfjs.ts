import { startBuiltServer } from '../builtServer.ts';
import { openDevicePage } from '../deviceBrowser.ts';
import { perSecond, startLoad } from '../load.ts';
import { startLoops } from '../loops.ts';
import { openBrowser } from '../pageDriver.ts';
import { type BenchLine, result } from '../result.ts';
import { median, medianRatio } from '../stats.ts';

const ROUNDS = 3;
const ROUND_MS = 2_000;

/**
 * Process for process: one worker of ours on one thread, JPEG decoding and transport included, against TensorFlow.js
 * with the same weights on its WebAssembly backend, in Node and in a page, which is spared both. The sides take turns.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer({ WORKERS: '1', WORKER_THREADS: '1' });
  const tfjs = await startLoops({ script: 'tfjsLoop', processes: 1, threads: 1 });
  const browser = await openBrowser('chromium');
  const page = await openDevicePage(browser, server.url);
  await page.ask('openTfjs', { threads: 1 });
  const load = await startLoad();
  const ours: number[] = [];
  const theirs: number[] = [];
  const theirsInChromium: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push((await tfjs.run(ROUND_MS)).perSecond);
    const runsMs = await page.ask('runTfjs', { what: 'graph', durationMs: ROUND_MS });
    theirsInChromium.push(1_000 / (runsMs.reduce((sum, ms) => sum + ms, 0) / runsMs.length));
    const report = await load.run({
      cameras: [{ url: server.url, group: 'one', count: 2, pace: 'eager' }],
      warmMs: 500,
      durationMs: ROUND_MS,
    });
    ours.push(perSecond(report));
  }
  load.close();
  tfjs.close();
  await page.close();
  await browser.close();
  await server.close();

  return [
    result('tfjs coco-ssd (wasm) in Node, one thread, no decoding', median(theirs), 'labels/s'),
    result('the same in Chromium', median(theirsInChromium), 'labels/s'),
    result('ours, one worker of one thread, all included', median(ours), 'labels/s'),
    result('ours / tfjs in Node', medianRatio(ours, theirs), '', { atLeast: 4 }),
    result('ours / tfjs in Chromium', medianRatio(ours, theirsInChromium), '', { atLeast: 4 }),
  ];
};
