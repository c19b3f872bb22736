import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBuiltServer } from '../builtServer.ts';
import { type LivePage, openPage } from '../page.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { startShapedLink } from '../shapedLink.ts';
import { median } from '../stats.ts';

const RUNS = 3;
/** What only a browser needs that runs the model itself; none of it may come before the first label of the server. */
const FOR_DEVICE = /^\/runtime\/|^\/v1\/models\/[^/]+\/(device$|files\/)/;
const FIRST_BOX_MS = 120_000;
/** The page makes itself installable when it has nothing better to do. */
const INSTALLED_MS = 30_000;

/** A browser that takes less of a core than this for that long has started; no longer than `STARTED_UP_MS` is waited for that. */
const REST_MS = 300;
const REST_SHARE = 0.1;
const STARTED_UP_MS = 10_000;

type Backend = 'auto' | 'server' | 'device';

/** One opening of the page, until the first box was on the screen. */
interface Visit {
  openedMs: number;
  /** From the first frame sent to the first box; NaN where none was sent. */
  frameMs: number;
  /** Paths that were asked for before the box, those of workers included. */
  paths: string[];
}

/**
 * What a person waits for, in a real browser whose camera plays footage: from opening the page to the first box on the
 * screen, with nothing of the page in the browser (cold) and when it was there before (warm: browser closed and started
 * again); and then the labels per second and age that the page itself shows. Bytes are those of TCP connections, counted
 * in visits of their own, through a proxy that would slow the others down.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const rows = [
    ...(await openingsOf('server', server.url)),
    ...(await openingsOf('device', server.url)),
    ...(await beforeTheFirst('auto', server.url)),
  ];
  await server.close();
  return rows;
};

async function openingsOf(backend: Backend, url: string): Promise<BenchResult[]> {
  const cold: Visit[] = [];
  const warm: Visit[] = [];
  const rates: number[] = [];
  const ages: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await withProfile(async (profile) => {
      const first = await visit(url, backend, profile);
      cold.push(first);
      // The readout shows the last seconds.
      await sleep(4_000);
      const { rate, ageMs } = await first.live.readout();
      rates.push(rate);
      ages.push(ageMs);
      await closeInstalled(first.live);
      const second = await visit(url, backend, profile);
      warm.push(second);
      await second.live.close();
    });
  }
  const name = `in the browser, ${backend}`;
  const opened = (visits: Visit[]) => median(visits.map(({ openedMs }) => openedMs));
  const fromFrame =
    backend === 'device'
      ? []
      : [
          result(
            `${name}: first frame sent to the first box`,
            median(cold.map(({ frameMs }) => frameMs)),
            'ms',
          ),
        ];
  return [
    result(`${name}: opening the page to the first box, cold`, opened(cold), 'ms'),
    result(`${name}: the same, warm`, opened(warm), 'ms'),
    ...fromFrame,
    result(`${name}: labels/s`, median(rates), 'labels/s'),
    result(`${name}: age in the readout`, median(ages), 'ms'),
    ...(await beforeTheFirst(backend, url)),
  ];
}

/** What comes over the network until the first box is there. */
async function beforeTheFirst(backend: Backend, url: string): Promise<BenchResult[]> {
  const link = await startShapedLink({ target: url });
  const rows: BenchResult[] = [];
  const name = `in the browser, ${backend}`;
  const forDevice = ({ paths }: Visit) => paths.filter((asked) => FOR_DEVICE.test(asked)).length;
  await withProfile(async (profile) => {
    const cold = await visit(link.url, backend, profile);
    const coldBytes = link.bytes.down;
    await closeInstalled(cold.live);
    const before = link.bytes.down;
    const warm = await visit(link.url, backend, profile);
    const warmBytes = link.bytes.down - before;
    await warm.live.close();
    rows.push(
      result(`${name}: loaded before the first box, cold`, coldBytes / 1_000, 'kB'),
      result(`${name}: the same, warm`, warmBytes / 1_000, 'kB'),
    );
    if (backend !== 'device') {
      rows.push(
        result(`${name}: of it asked for the device's sake`, forDevice(cold), 'files', { atMost: 0 }),
      );
    }
  });
  await link.close();
  return rows;
}

async function visit(url: string, backend: Backend, profile: string): Promise<Visit & { live: LivePage }> {
  // An empty page first: starting the browser is not ours.
  const live = await openPage('about:blank', 'cat-pan', { backend, profile });
  await startedUp(live);
  const paths: string[] = [];
  let firstFrameAt = Number.NaN;
  live.page.context().on('request', (request) => paths.push(new URL(request.url()).pathname));
  let sockets = 0;
  live.page.on('websocket', (socket) => {
    sockets += 1;
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string' && Number.isNaN(firstFrameAt)) firstFrameAt = performance.now();
    });
  });
  const startedAt = performance.now();
  // The page starts automatically where the camera is allowed already, as it is here.
  await live.page.goto(url);
  await live.page.getByTestId('label-box').first().waitFor({ timeout: FIRST_BOX_MS });
  const nowMs = performance.now();
  if (backend === 'device' && sockets > 0)
    throw new Error('Another backend was measured: a socket was opened.');
  return { live, paths: [...paths], openedMs: nowMs - startedAt, frameMs: nowMs - firstFrameAt };
}

/** Resolves when the browser has started: it takes another 0.1 to 0.3 s of processor for itself when its first page is open. */
async function startedUp({ usedMs }: LivePage): Promise<void> {
  const deadlineMs = performance.now() + STARTED_UP_MS;
  let before = await usedMs();
  while (performance.now() < deadlineMs) {
    await sleep(REST_MS);
    const now = await usedMs();
    if (now - before < REST_SHARE * REST_MS) return;
    before = now;
  }
}

/** Closes the browser when the page has made itself installable, as it does soon. */
async function closeInstalled({ page, close }: LivePage): Promise<void> {
  await page.evaluate(
    (limitMs) =>
      Promise.race([
        navigator.serviceWorker.ready.then(() => {}),
        new Promise((_, reject) => setTimeout(reject, limitMs, new Error('It was not made installable.'))),
      ]),
    INSTALLED_MS,
  );
  await close();
}

async function withProfile(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-profile-'));
  try {
    await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
