import type { CDPSession, Page } from 'playwright';
import type { BackendMode } from '../app/recognizers/backend.ts';
import type { ClipId } from '../e2e/footage/clips.ts';
import { footageOf } from '../e2e/footage/footage.ts';
import { launchChromium, launchProfile } from './chromium.ts';

/** One answer with labels that came to the page. Times in ms of the page's clock. */
interface ShownLabels {
  capturedAtMs: number;
  /** The start of the first display frame after they came. */
  drawnAtMs: number;
}

/** What the page's labels were like while it was watched; `watchPage` fills it. */
interface PageRecord {
  answerCount: number;
  answers: ShownLabels[];
  /** Checks, twenty a second, that found a box though the newest labels were of a capture longer ago than `maxAgeMs`. */
  outdatedLooks: number;
  /** Age of the oldest such labels when they stood on the screen, ms. */
  oldestShownMs: number;
  longTasksMs: number[];
}

declare global {
  interface Window {
    livelensBench: PageRecord;
  }
}

/** The page, live in a browser whose camera plays footage. */
export interface LivePage {
  readonly page: Page;
  readonly cdp: CDPSession;
  /** Forgets what was recorded. */
  reset(): Promise<void>;
  /** What was recorded since, and the page's clock. */
  read(): Promise<PageRecord & { nowMs: number; timeOriginMs: number }>;
  /** What a person reads. */
  readout(): Promise<{ rate: number; ageMs: number }>;
  /** Processor time of all processes of the browser since they began, ms; or of those of that type. */
  usedMs(type?: 'renderer' | 'GPU'): Promise<number>;
  close(): Promise<void>;
}

interface PageOptions extends WatchOptions {
  /** Where labels come from. Default `server`: a bad link is measured, not the way around it. */
  backend?: BackendMode;
  /** A folder for what the browser keeps from visit to visit. Default: it keeps nothing. */
  profile?: string;
}

interface WatchOptions {
  /** Counts boxes that are older; without it none are counted. */
  maxAgeMs?: number;
  /** Only counts the answers: to know when they are drawn costs the page a display frame for each. */
  countsOnly?: boolean;
}

/** Opens the page and returns before the camera starts. */
export async function openPage(
  url: string,
  clip: ClipId,
  { backend = 'server', profile, ...watch }: PageOptions = {},
): Promise<LivePage> {
  const { file } = await footageOf(clip);
  const args = [
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${file}`,
  ];
  const browser = profile === undefined ? await launchChromium(args) : await launchProfile(profile, args);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.addInitScript(watchPage, watch);
  await page.addInitScript(rememberBackend, backend);
  const cdp = await page.context().newCDPSession(page);
  await page.goto(url, { waitUntil: 'commit' });
  return {
    page,
    cdp,
    reset: () =>
      page.evaluate(() => {
        window.livelensBench = {
          answerCount: 0,
          answers: [],
          outdatedLooks: 0,
          oldestShownMs: 0,
          longTasksMs: [],
        };
      }),
    read: () =>
      page.evaluate(() => ({
        ...window.livelensBench,
        nowMs: performance.now(),
        timeOriginMs: performance.timeOrigin,
      })),
    async readout() {
      const readout = page.getByTestId('readout');
      return {
        rate: Number(await readout.getAttribute('data-rate')),
        ageMs: Number((await readout.getAttribute('data-age-ms')) || Number.NaN),
      };
    },
    async usedMs(type) {
      const whole = await page.context().browser()?.newBrowserCDPSession();
      const { processInfo = [] } = (await whole?.send('SystemInfo.getProcessInfo')) ?? {};
      await whole?.detach();
      return processInfo.reduce(
        (sum, process) => sum + (type === undefined || process.type === type ? 1_000 * process.cpuTime : 0),
        0,
      );
    },
    close: () => browser.close(),
  };
}

/** Runs in the page before its own scripts: as if a person had chosen it before. */
function rememberBackend(backend: BackendMode): void {
  // Empty pages have none.
  if (location.protocol.startsWith('http')) localStorage.setItem('livelens.place', backend);
}

/** Runs in the page before its own scripts: records when labels come, and boxes that stand longer than they should. */
function watchPage({ maxAgeMs, countsOnly }: WatchOptions): void {
  window.livelensBench = { answerCount: 0, answers: [], outdatedLooks: 0, oldestShownMs: 0, longTasksMs: [] };
  let newestCapturedAtMs: number | undefined;
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (typeof data !== 'string' || !data.startsWith('{"type":"labels"')) return;
        window.livelensBench.answerCount += 1;
        if (countsOnly) return;
        const { capturedAtMs } = JSON.parse(data) as { capturedAtMs: number };
        requestAnimationFrame(() => {
          newestCapturedAtMs = capturedAtMs;
          window.livelensBench.answers.push({ capturedAtMs, drawnAtMs: performance.now() });
        });
      });
    }
  };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.livelensBench.longTasksMs.push(duration);
  }).observe({ type: 'longtask' });
  if (maxAgeMs === undefined) return;
  // Twenty times a second: each check costs the page a little.
  setInterval(() => {
    if (newestCapturedAtMs === undefined) return;
    const ageMs = performance.now() - newestCapturedAtMs;
    if (ageMs <= maxAgeMs) return;
    if (document.querySelector('[data-testid="label-box"]:not([data-leaving])') === null) return;
    window.livelensBench.outdatedLooks += 1;
    window.livelensBench.oldestShownMs = Math.max(window.livelensBench.oldestShownMs, ageMs);
  }, 50);
}
