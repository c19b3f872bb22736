import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startBuiltServer } from '../builtServer.ts';
import { agesOf, type CameraPlan, type LoadReport, perSecond, startLoad } from '../load.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { quantile } from '../stats.ts';

const CLIENTS = [1, 8];
const DURATION_MS = 8_000;

/**
 * Against a server as tutorials write it (tutorialServer.ts): cameras send 30 frames a second to either, with the credits
 * of our protocol to ours, without a word to the other's, as its clients do. Its age grows for as long as it is measured:
 * the figures are of these first seconds. Both servers start afresh for each number of clients.
 */
export const measure: BenchLine = async () => {
  const load = await startLoad();
  const rows: BenchResult[] = [];
  const p95 = new Map<string, number>();
  const tell = (name: string, clients: number, report: LoadReport) => {
    p95.set(`${name} ${clients}`, quantile(agesOf(report), 0.95));
    rows.push(
      result(`${name}, clients: ${clients}`, perSecond(report), 'labels/s'),
      result(`${name}, clients: ${clients}, age p50`, quantile(agesOf(report), 0.5), 'ms'),
      result(`${name}, clients: ${clients}, age p95`, quantile(agesOf(report), 0.95), 'ms'),
    );
  };
  const run = (count: number, camera: Pick<CameraPlan, 'url' | 'speaks'>) =>
    load.run({
      cameras: [{ ...camera, group: 'all', count, pace: 'camera' }],
      warmMs: 500,
      durationMs: DURATION_MS,
    });

  for (const clients of CLIENTS) {
    const server = await startBuiltServer();
    tell('ours', clients, await run(clients, { url: server.url }));
    await server.close();
    const tutorial = await startTutorialServer();
    tell('tutorial', clients, await run(clients, { url: tutorial.url, speaks: 'tutorial' }));
    tutorial.close();
  }
  load.close();
  const ratio = (p95.get('tutorial 8') ?? Number.NaN) / (p95.get('ours 8') ?? Number.NaN);
  return [...rows, result('age p95 at 8 clients, tutorial / ours', ratio, '', { atLeast: 5 })];
};

async function startTutorialServer(): Promise<{ url: string; close(): void }> {
  const child = fork('bench/tutorialServer.ts', { execArgv: ['--import', 'tsx'] });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { url, close: () => child.kill('SIGKILL') };
}
