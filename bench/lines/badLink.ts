import { setTimeout as sleep } from 'node:timers/promises';
import { startBuiltServer } from '../builtServer.ts';
import { agesOf, perSecond, startLoad } from '../load.ts';
import { openPage } from '../page.ts';
import { type BenchLine, result } from '../result.ts';
import { type LinkShape, startShapedLink } from '../shapedLink.ts';
import { quantile } from '../stats.ts';

/** A round trip of 300 ms and 1 Mbit/s each way. */
const SHAPE: LinkShape = { delayMs: 150, bitsPerSecond: 1_000_000 };
const DURATION_MS = 10_000;
/** The page comes through the same link, and then learns what the link can do. */
const PAGE_WARM_MS = 6_000;

/**
 * Labels over a bad link: first a camera that knows the protocol and no more (it sends 20 KB a frame whenever it has a
 * credit), then the page in a browser, which is the line that counts. The page's ages are from capture to drawing.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const link = await startShapedLink({ target: server.url, up: SHAPE, down: SHAPE });
  const load = await startLoad();
  const plain = await load.run({
    cameras: [{ url: link.url, group: 'one', count: 1, pace: 'camera' }],
    warmMs: 3_000,
    durationMs: DURATION_MS,
  });
  load.close();

  const live = await openPage(link.url, 'cat-pan');
  await live.page.getByTestId('label-box').first().waitFor({ timeout: 60_000 });
  await sleep(PAGE_WARM_MS);
  await live.reset();
  await sleep(DURATION_MS);
  const { answers } = await live.read();
  const { rate, ageMs } = await live.readout();
  await live.close();
  await link.close();
  await server.close();

  const ages = answers.map(({ capturedAtMs, drawnAtMs }) => drawnAtMs - capturedAtMs);
  return [
    result('300 ms and 1 Mbit/s, plain client', perSecond(plain), 'labels/s'),
    result('300 ms and 1 Mbit/s, plain client, age p95', quantile(agesOf(plain), 0.95), 'ms'),
    result('300 ms and 1 Mbit/s, page', (answers.length * 1000) / DURATION_MS, 'labels/s', { atLeast: 5 }),
    result('300 ms and 1 Mbit/s, page, age p95', quantile(ages, 0.95), 'ms', { atMost: 700 }),
    result('300 ms and 1 Mbit/s, page, readout', rate, 'labels/s'),
    result('300 ms and 1 Mbit/s, page, readout of the age', ageMs, 'ms'),
  ];
};
