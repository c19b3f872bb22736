import { setTimeout as sleep } from 'node:timers/promises';
import { startBuiltServer } from '../builtServer.ts';
import { openPage } from '../page.ts';
import { processTree } from '../processTree.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { median } from '../stats.ts';

/** Odd, so that a median is the middle one. */
const VISITS = 3;
/** Ends of the spans that are counted, after the camera began, s. */
const MARKS_S = [5, 10, 20];
const BACKENDS = ['auto', 'server'] as const;

interface Span {
  /** What the page shows at its end, which is of the last seconds; labels of the device are among them. */
  readonly perS: number;
  readonly ageMs: number;
  /** Processor time of the whole browser and of the server, for each second. */
  readonly browserMs: number;
  readonly serverMs: number;
}

/**
 * The first 20 s of a visitor with nothing of the page in the browser, server and browser on the same cores: labels per second and
 * their age at the end of each span since the camera began, as the page shows them. By itself the page prepares this device for a failure of the server; with the
 * backend fixed to the server it does not, which tells what that costs.
 */
export const measure: BenchLine = async () => {
  const visits = { auto: [] as Span[][], server: [] as Span[][] };
  for (let turn = 0; turn < VISITS; turn++) {
    for (const backend of BACKENDS) visits[backend].push(await visit(backend));
  }
  return BACKENDS.flatMap((backend) => rowsOf(backend, visits[backend]));
};

/** To a server that has just started, as who tries it out does. */
async function visit(backend: 'auto' | 'server'): Promise<Span[]> {
  const server = await startBuiltServer();
  const live = await openPage(server.url, 'cat-pan', { backend, countsOnly: true });
  try {
    await live.page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0, undefined, {
      timeout: 30_000,
    });
    const beganAt = performance.now();
    const spans: Span[] = [];
    let [before, lastS] = [await usedBy(server.pid), 0];
    for (const markS of MARKS_S) {
      await sleep(Math.max(0, beganAt + markS * 1_000 - performance.now()));
      const { rate, ageMs } = await live.readout();
      const used = await usedBy(server.pid);
      const lengthS = markS - lastS;
      spans.push({
        perS: rate,
        ageMs,
        browserMs: (used.browserMs - before.browserMs) / lengthS,
        serverMs: (used.serverMs - before.serverMs) / lengthS,
      });
      [before, lastS] = [used, markS];
    }
    return spans;
  } finally {
    await live.close();
    await server.close();
  }

  async function usedBy(pid: number | undefined) {
    return { browserMs: await live.usedMs(), serverMs: (await processTree(pid)).cpuMs };
  }
}

function rowsOf(backend: string, visits: readonly Span[][]): BenchResult[] {
  return MARKS_S.flatMap((markS, at) => {
    const of = (read: (span: Span) => number) =>
      median(visits.flatMap((spans) => spans.slice(at, at + 1).map(read)));
    const name = `visit, ${backend}, after ${markS} s`;
    return [
      result(
        name,
        of(({ perS }) => perS),
        'labels/s',
      ),
      result(
        `${name}: age`,
        of(({ ageMs }) => ageMs),
        'ms',
      ),
      result(
        `${name}: processor time of the browser, a second`,
        of(({ browserMs }) => browserMs),
        'ms',
      ),
      result(
        `${name}: of the server`,
        of(({ serverMs }) => serverMs),
        'ms',
      ),
    ];
  });
}
