import { setTimeout as sleep } from 'node:timers/promises';
import { maxLabelAgeMs } from '../../client/stream/maxLabelAge.ts';
import { startBuiltServer } from '../builtServer.ts';
import { type Load, startLoad } from '../load.ts';
import { openPage } from '../page.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { type LinkShape, startShapedLink } from '../shapedLink.ts';

const STALL_MS = 5_000;
/** Before the stall, so that there are labels. */
const BEFORE_MS = 3_000;
const AFTER_MS = 8_000;
/** Of a usual home network. */
const DELAY_MS = 20;
const SHAPE: LinkShape = { delayMs: DELAY_MS, bitsPerSecond: 20_000_000 };
/** MAX_AGE_MS of the server, by default. */
const MAX_AGE_MS = 1_000;
/** Labels of captures longer ago are of the past. */
const BOUND_MS = maxLabelAgeMs(MAX_AGE_MS, 2 * DELAY_MS);

/**
 * The link stands still for 5 s and then goes on, as when a train leaves a tunnel. Fresh labels are those of a capture
 * within the bound. A plain client keeps its socket and gets the answers to frames sent before the stall late; the page
 * must neither draw those nor leave boxes standing: its boxes are read twenty times a second, during the stall too.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const link = await startShapedLink({ target: server.url, up: SHAPE, down: SHAPE });
  const load = await startLoad();
  const rows = await stallPlainClient(load, link);
  load.close();
  rows.push(...(await stallPage(link)));
  await link.close();
  await server.close();
  return rows;
};

type Link = Awaited<ReturnType<typeof startShapedLink>>;

async function stallPlainClient(load: Load, link: Link): Promise<BenchResult[]> {
  let stallEndMs = Number.NaN;
  const report = await load.run(
    {
      cameras: [{ url: link.url, group: 'one', count: 1, pace: 'camera' }],
      warmMs: BEFORE_MS,
      durationMs: STALL_MS + AFTER_MS,
    },
    () => {
      stallEndMs = performance.timeOrigin + performance.now() + STALL_MS;
      link.stall(STALL_MS);
    },
  );
  const answers = report.cameras.flatMap((camera) => camera.answers);
  const fresh = answers.find(({ atMs, ageMs }) => atMs >= stallEndMs && ageMs <= BOUND_MS);
  const late = answers.filter(({ ageMs }) => ageMs > BOUND_MS).length;
  return [
    result('5 s stall, plain client: to fresh labels', (fresh?.atMs ?? Number.NaN) - stallEndMs, 'ms'),
    result('5 s stall, plain client: labels that came too late', late, ''),
  ];
}

async function stallPage(link: Link): Promise<BenchResult[]> {
  const live = await openPage(link.url, 'cat-pan', { maxAgeMs: BOUND_MS });
  await live.page.getByTestId('label-box').first().waitFor({ timeout: 30_000 });
  await sleep(BEFORE_MS);
  await live.reset();
  link.stall(STALL_MS);
  const stallEndMs = performance.timeOrigin + performance.now() + STALL_MS;
  await sleep(STALL_MS + AFTER_MS);
  const { answers, outdatedLooks, oldestShownMs, timeOriginMs } = await live.read();
  await live.close();
  const fresh = answers.find(
    ({ drawnAtMs, capturedAtMs }) =>
      drawnAtMs + timeOriginMs >= stallEndMs && drawnAtMs - capturedAtMs <= BOUND_MS,
  );
  const freshMs = fresh ? fresh.drawnAtMs + timeOriginMs - stallEndMs : Number.NaN;
  return [
    result('5 s stall, page: to fresh labels', freshMs, 'ms', { atMost: 500 }),
    result('5 s stall, page: checks that found labels older than the bound', outdatedLooks, '', {
      atMost: 0,
    }),
    result('5 s stall, page: the oldest of them', oldestShownMs, 'ms'),
  ];
}
