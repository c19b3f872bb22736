import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { metric } from '../../server/testing/metric.ts';
import { startBuiltServer } from '../builtServer.ts';
import { agesOf, startLoad } from '../load.ts';
import type { RelayReport } from '../relayClients.ts';
import { type BenchLine, result } from '../result.ts';
import { quantile } from '../stats.ts';

const CAMERAS = 4;
/** Frames a second of each camera: below what the machine can do, as beyond it labels wait for each other. */
const PACE = 6;
const ROUNDS = 6;
const ROUND_MS = 4_000;
const COST_MS = 5_000;

/**
 * What a second screen costs the cameras that it shows: the age of their labels with it and without it, in turns. There are
 * as many rounds without it again: what these differ from the others by is noise. And what the relay itself takes for each of
 * them, without labels: processor time of the process with the sockets, and bytes.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const load = await startLoad();
  const labels = async () =>
    agesOf(
      await load.run({
        cameras: [{ url: server.url, group: 'shown', count: CAMERAS, pace: PACE }],
        warmMs: 500,
        durationMs: ROUND_MS,
      }),
    );
  const alone: number[] = [];
  const aloneAgain: number[] = [];
  const shown: number[] = [];
  const pictureAges: number[] = [];
  const sides = [
    async () => alone.push(...(await labels())),
    async () => {
      const relay = await startRelay(server.url);
      shown.push(...(await labels()));
      pictureAges.push(...(await relay.stop()).agesMs);
    },
    async () => aloneAgain.push(...(await labels())),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < sides.length; turn++) await sides[(round + turn) % sides.length]?.();
  }
  const added = (share: number) => quantile(shown, share) - quantile([...alone, ...aloneAgain], share);
  const noise = (share: number) => quantile(aloneAgain, share) - quantile(alone, share);
  const idleS = await cpuOver(server.url, COST_MS);
  const relay = await startRelay(server.url);
  const busyS = await cpuOver(server.url, COST_MS);
  const { pictures, bytes } = await relay.stop();
  load.close();
  await server.close();

  const perCamera = (COST_MS / 1_000) * CAMERAS;
  return [
    result(`${CAMERAS} cameras, age of labels without a screen, p50`, quantile(alone, 0.5), 'ms'),
    result(`${CAMERAS} cameras, age of labels without a screen, p95`, quantile(alone, 0.95), 'ms'),
    result('without a screen again: added to it, p50', noise(0.5), 'ms'),
    result('without a screen again: added to it, p95', noise(0.95), 'ms'),
    result('a screen that shows them: added to it, p50', added(0.5), 'ms'),
    result('a screen that shows them: added to it, p95', added(0.95), 'ms', { atMost: 2 }),
    result('age of a picture at the screen, p95', quantile(pictureAges, 0.95), 'ms', { atMost: 1_000 }),
    result('oldest', Math.max(...pictureAges), 'ms', { atMost: 1_000 }),
    result('relay, each camera: pictures', pictures / perCamera, '/s'),
    result('relay, each camera and way: bytes', bytes / perCamera / 1_000, 'kB/s'),
    result(
      'relay, each camera: processor time of the socket process',
      ((busyS - idleS) / perCamera) * 1_000,
      'ms/s',
    ),
  ];
};

/** Cameras that are shown, and a screen, which has got pictures of all of them. */
async function startRelay(url: string) {
  const child = fork('bench/relayClients.ts', [url, String(CAMERAS)], { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  return {
    async stop(): Promise<RelayReport> {
      child.send('stop');
      const [report] = (await once(child, 'message')) as [RelayReport];
      child.disconnect();
      await once(child, 'exit');
      return report;
    },
  };
}

/** Processor time of the process with the sockets during a number of ms, seconds. */
async function cpuOver(url: string, durationMs: number): Promise<number> {
  const cpuS = () => metric(url, 'process_cpu_seconds_total');
  const before = await cpuS();
  await sleep(durationMs);
  return (await cpuS()) - before;
}
