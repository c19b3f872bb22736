import { setTimeout as sleep } from 'node:timers/promises';
import type { Drawn } from '../drawn.ts';
import type { LivePage } from '../page.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { openSwaying, picturesShown, startSwayingServer } from '../swayingServer.ts';
import { type TraceEvent, tasksOf } from '../traceTasks.ts';

/** Past the first seconds, in which the page prepares more than it shows. */
const WARM_MS = 9_000;
const DURATION_MS = 5_000;

/**
 * Where the page's main thread spends its time on a picture of the camera, of a processor, by the kind of task: with a
 * model that finds nothing, and with three people in boxes. Recording adds about a tenth.
 */
export const measure: BenchLine = async () => [...(await costOf('nothing')), ...(await costOf('boxes'))];

async function costOf(drawn: Drawn): Promise<BenchResult[]> {
  const server = await startSwayingServer(drawn);
  const live = await openSwaying(server.url, drawn);
  await sleep(WARM_MS);
  await live.reset();
  const before = await picturesShown(live);
  const events = await record(live);
  const pictures = (await picturesShown(live)) - before;
  const { answerCount } = await live.read();
  await live.close();
  await server.close();
  return [
    ...[...tasksOf(events)].map(([kind, { count, processorMs }]) =>
      result(
        `page tasks, ${drawn}: ${kind} (${(count / pictures).toFixed(2)} a picture)`,
        processorMs / pictures,
        'ms',
      ),
    ),
    result(`page tasks, ${drawn}: answers a picture`, answerCount / pictures, ''),
  ];
}

async function record({ page }: LivePage): Promise<readonly TraceEvent[]> {
  const cdp = await page.context().browser()?.newBrowserCDPSession();
  if (cdp === undefined) throw new Error('A browser that keeps no profile expected.');
  const events: TraceEvent[] = [];
  // What an event has depends on its kind; `tasksOf` reads what those have that it knows.
  cdp.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await cdp.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: ['toplevel', 'blink', 'disabled-by-default-devtools.timeline'],
      excludedCategories: ['*'],
    },
  });
  await sleep(DURATION_MS);
  const isComplete = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve));
  await cdp.send('Tracing.end');
  await isComplete;
  return events;
}
