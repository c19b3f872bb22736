import { text } from 'node:stream/consumers';
import { startBuiltServer } from '../builtServer.ts';
import { launchChromium } from '../chromium.ts';
import { type BenchLine, result } from '../result.ts';

const FLASHES = 200;
const TIMEOUT_MS = 600_000;
const TITLE = 'Flashes';

/**
 * From a flash in one window to its label in another, by the pixels of a shared window, as `/measure` does it: all but
 * the camera. Both windows, the browser and the server share this machine.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  // Shares the tab with this title without asking.
  const browser = await launchChromium([`--auto-select-tab-capture-source-by-title=${TITLE}`]);
  const context = await browser.newContext({ viewport: { width: 960, height: 720 } });
  const watch = await context.newPage();
  await watch.addInitScript(() => localStorage.setItem('livelens.place', 'server'));
  await watch.goto(`${server.url}/measure?watch&flashes=${FLASHES}`);
  const flashes = await context.newPage();
  await flashes.goto(`${server.url}/flashes`);
  // A tab that goes to the background before it was ever painted is shared as an empty one.
  await flashes.waitForFunction(() => Number(document.querySelector('main')?.dataset.flashes) > 1);
  await watch.bringToFront();
  await watch.getByRole('button', { name: 'Share the window with the flashes' }).click();
  await watch.locator('main[data-state="done"]').waitFor({ timeout: TIMEOUT_MS });
  const download = watch.waitForEvent('download');
  await watch.getByRole('button', { name: 'Save as JSON' }).click();
  const saved = await text(await (await download).createReadStream());
  await browser.close();
  await server.close();
  const { labelMs, missed, partsMs } = JSON.parse(saved);
  return [
    result('glass to label, p50', labelMs.p50, 'ms'),
    result('glass to label, p95', labelMs.p95, 'ms', { atMost: 100 }),
    result('glass to label, p99', labelMs.p99, 'ms'),
    result(`glass to label, missed of ${FLASHES}`, missed, 'flashes'),
    ...Object.entries(partsMs).map(([part, ms]) => result(`glass to label, of it ${part}`, Number(ms), 'ms')),
  ];
};
