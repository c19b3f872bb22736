import { setTimeout as sleep } from 'node:timers/promises';
import { startBuiltServer } from '../builtServer.ts';
import { openPage } from '../page.ts';
import { type BenchLine, result } from '../result.ts';
import { median } from '../stats.ts';

const RUNS = 3;

/**
 * What a person waits for, in a real browser whose camera plays footage: from opening the page to the first box on the
 * screen, from the first frame sent to that box, and then the labels per second and age that the page itself shows.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const opened: number[] = [];
  const firstBox: number[] = [];
  const rates: number[] = [];
  const ages: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    // An empty page first: starting the browser is not ours.
    const live = await openPage('about:blank', 'cat-pan');
    let firstFrameAt = Number.NaN;
    live.page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        if (typeof payload !== 'string' && Number.isNaN(firstFrameAt)) firstFrameAt = performance.now();
      });
    });
    const startedAt = performance.now();
    // The page starts by itself where the camera is allowed already, as it is here.
    await live.page.goto(server.url);
    await live.page.getByTestId('label-box').first().waitFor();
    opened.push(performance.now() - startedAt);
    firstBox.push(performance.now() - firstFrameAt);
    // The readout shows the last seconds.
    await sleep(4_000);
    const { rate, ageMs } = await live.readout();
    rates.push(rate);
    ages.push(ageMs);
    await live.close();
  }
  await server.close();
  return [
    result('in the browser: opening the page to the first box', median(opened), 'ms'),
    result('in the browser: first frame sent to the first box', median(firstBox), 'ms'),
    result('in the browser: labels/s', median(rates), 'labels/s'),
    result('in the browser: age in the readout', median(ages), 'ms'),
  ];
};
