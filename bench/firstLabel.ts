import { chromium, type Page } from 'playwright';
import { footageOf } from '../e2e/footage/footage.ts';
import { findChromium } from '../scripts/browser.ts';
import { startBuiltServer } from './builtServer.ts';
import { median } from './stats.ts';

/**
 * What a person waits for, in a real browser whose camera plays footage: from opening the page to the picture, from the
 * first frame sent to the first box on the screen, and the labels per second and age that the page itself shows.
 */
const RUNS = 5;
const executablePath = findChromium(process.env);
if (executablePath === undefined) throw new Error('No Chromium found; "npm test" gets one.');
const footage = await footageOf('cat-pan');
const server = await startBuiltServer();
const opened: number[] = [];
const firstBox: number[] = [];
const rates: number[] = [];
const ages: number[] = [];
for (let run = 0; run < RUNS; run++) {
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${footage.file}`,
    ],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const { openToBoxMs, frameToBoxMs } = await timeToFirstBox(page);
  opened.push(openToBoxMs);
  firstBox.push(frameToBoxMs);
  // The readout shows the last seconds.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const readout = page.getByTestId('readout');
  rates.push(Number(await readout.getAttribute('data-rate')));
  ages.push(Number(await readout.getAttribute('data-age-ms')));
  await browser.close();
}
await server.close();

async function timeToFirstBox(page: Page) {
  let firstFrameAt = Number.NaN;
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string' && Number.isNaN(firstFrameAt)) firstFrameAt = performance.now();
    });
  });
  const startedAt = performance.now();
  await page.goto(server.url);
  // The page starts by itself where the camera is allowed already, as it is here; a button would be pressed.
  page
    .getByRole('button', { name: 'Start camera' })
    .click({ timeout: 5_000 })
    .catch(() => {});
  await page.getByTestId('label-box').first().waitFor();
  const boxAt = performance.now();
  return { openToBoxMs: boxAt - startedAt, frameToBoxMs: boxAt - firstFrameAt };
}

process.stdout.write(
  `in the browser, medians of ${RUNS} runs: from opening the page to the first box ${median(opened).toFixed(0)} ms; ` +
    `from the first frame sent to the first box ${median(firstBox).toFixed(0)} ms; ` +
    `then ${median(rates).toFixed(0)} labels/s at an age of ${median(ages).toFixed(0)} ms\n`,
);
