import { setTimeout as sleep } from 'node:timers/promises';
import { DRAWN, type Drawn } from '../drawn.ts';
import { busyMs } from '../mainThread.ts';
import { type BenchLine, result } from '../result.ts';
import { median } from '../stats.ts';
import { openSwaying, picturesShown, startSwayingServer } from '../swayingServer.ts';

const ROUNDS = 3;
const WARM_MS = 4_000;
const DURATION_MS = 6_000;

/** Of one picture of the camera, ms. */
interface Cost {
  /** By the clock, as scripts and layout are, which are part of it. */
  readonly taskMs: number;
  /** Of the main thread, of a processor. */
  readonly mainMs: number;
  readonly scriptMs: number;
  readonly layoutMs: number;
  /** Workers, sockets and compositor of the page's process, of a processor. */
  readonly otherThreadsMs: number;
  /** The process that draws for the browser, of a processor. */
  readonly drawingMs: number;
  readonly answersPerS: number;
}

/**
 * What a picture costs a page that draws three people who sway: as boxes, as outlines with a tint, or as skeletons; next
 * to a page whose model finds nothing. Models without weights answer, so that the cores are there for the page. In turns,
 * in browsers of their own, medians. No one sees more than the camera's pictures, so all is divided by those.
 */
export const measure: BenchLine = async () => {
  const servers = [];
  for (const drawn of DRAWN) servers.push({ drawn, server: await startSwayingServer(drawn) });
  const costs = new Map<Drawn, Cost[]>(DRAWN.map((drawn) => [drawn, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { drawn, server } of servers) costs.get(drawn)?.push(await costOf(server.url, drawn));
  }
  for (const { server } of servers) await server.close();
  return [...costs].flatMap(([drawn, all]) => {
    const of = (pick: keyof Cost) => median(all.map((cost) => cost[pick]));
    const aim = drawn === 'nothing' ? undefined : ({ atMost: 1 } as const);
    return [
      result(`overlay, ${drawn}: main thread a picture, of a processor`, of('mainMs'), 'ms', aim),
      result(`overlay, ${drawn}: the same by the clock`, of('taskMs'), 'ms'),
      result(`overlay, ${drawn}: of it scripts, by the clock`, of('scriptMs'), 'ms'),
      result(`overlay, ${drawn}: of it style and layout, by the clock`, of('layoutMs'), 'ms'),
      result(`overlay, ${drawn}: other threads of the page`, of('otherThreadsMs'), 'ms'),
      result(`overlay, ${drawn}: the process that draws`, of('drawingMs'), 'ms'),
      result(`overlay, ${drawn}: labels/s`, of('answersPerS'), 'labels/s'),
    ];
  });
};

async function costOf(url: string, drawn: Drawn): Promise<Cost> {
  const live = await openSwaying(url, drawn);
  await live.cdp.send('Performance.enable');
  await sleep(WARM_MS);
  const read = async () => ({
    ...(await busyMs(live)),
    pageMs: await live.usedMs('renderer'),
    drawingMs: await live.usedMs('GPU'),
    pictures: await picturesShown(live),
  });
  await live.reset();
  const before = await read();
  await sleep(DURATION_MS);
  const after = await read();
  const { answerCount } = await live.read();
  await live.close();
  const pictures = after.pictures - before.pictures;
  const each = (pick: keyof typeof before) => (after[pick] - before[pick]) / pictures;
  return {
    taskMs: each('taskMs'),
    mainMs: each('processorMs'),
    scriptMs: each('scriptMs'),
    layoutMs: each('layoutMs'),
    otherThreadsMs: each('pageMs') - each('processorMs'),
    drawingMs: each('drawingMs'),
    answersPerS: (answerCount * 1_000) / DURATION_MS,
  };
}
