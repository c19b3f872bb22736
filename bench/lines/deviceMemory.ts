import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright';
import { startBuiltServer } from '../builtServer.ts';
import { launchChromium } from '../chromium.ts';
import { openDevicePage } from '../deviceBrowser.ts';
import { drivenChromium } from '../pageDriver.ts';
import { type BenchLine, result } from '../result.ts';
import { median } from '../stats.ts';

const SETTLED_AFTER = 500;
const RUNS = 2_000;
/** Number of memory readings: how much of it is garbage differs from one to the next. */
const READINGS = 5;
/** Runs between two readings. */
const BETWEEN = 20;

/** Whether running a model on the device again and again takes ever more memory: that of the browser's page processes. */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const browser = await launchChromium();
  const page = await openDevicePage(drivenChromium(browser), server.url);
  await page.ask('open', { provider: 'wasm', threads: 1 });
  const run = (count: number) => page.ask('run', { provider: 'wasm', until: { count } });
  const readings = (READINGS - 1) * BETWEEN;
  const read = async () => {
    const bytes: number[] = [await memoryOf(browser)];
    while (bytes.length < READINGS) {
      await run(BETWEEN);
      bytes.push(await memoryOf(browser));
    }
    return median(bytes);
  };
  await run(SETTLED_AFTER);
  const before = await read();
  await run(RUNS - SETTLED_AFTER - 2 * readings);
  const after = await read();
  await page.close();
  await browser.close();
  await server.close();
  return [
    result(`device: memory after ${SETTLED_AFTER} pictures`, before / 2 ** 20, 'MB'),
    result(`device: memory after ${RUNS} / after ${SETTLED_AFTER}`, after / before, '', { atMost: 1.05 }),
  ];
};

/** Resident memory of all processes that run pages, bytes. */
async function memoryOf(browser: Browser): Promise<number> {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  await cdp.detach();
  const pids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', pids.join(',')]);
  return stdout
    .trim()
    .split('\n')
    .reduce((sum, kib) => sum + Number(kib) * 1024, 0);
}
