import { availableParallelism } from 'node:os';
import { startBuiltServer } from '../builtServer.ts';
import { agesOf, perSecond, startLoad } from '../load.ts';
import { startLoops } from '../loops.ts';
import { type BenchLine, result } from '../result.ts';
import { quantile } from '../stats.ts';

const ROUNDS = 4;
const ROUND_MS = 3_000;

/**
 * What the service adds to the age of a lone camera's labels: transport, decoding, queue and tracker, and what inference
 * loses by not having every core. Bare inference is one process with a thread for each core that runs without a pause,
 * so what a core loses while it waits for the next frame counts against us. The sides take turns. Each quantile is
 * compared with the same one of the other side.
 */
export const measure: BenchLine = async () => {
  const cores = availableParallelism();
  const server = await startBuiltServer();
  const bare = await startLoops({ script: 'rawLoop', processes: 1, threads: cores });
  const load = await startLoad();
  const bareMs: number[] = [];
  const ages: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bareMs.push(...(await bare.run(ROUND_MS)).runsMs);
    const report = await load.run({
      cameras: [{ url: server.url, group: 'one', count: 1, pace: 'camera' }],
      warmMs: 500,
      durationMs: ROUND_MS,
    });
    ages.push(...agesOf(report));
    rates.push(perSecond(report));
  }
  load.close();
  bare.close();
  await server.close();

  const added = (share: number) => quantile(ages, share) - quantile(bareMs, share);
  return [
    result(`bare inference, ${cores} threads, p50`, quantile(bareMs, 0.5), 'ms'),
    result('one session at 30 frames/s', quantile(rates, 0.5), 'labels/s'),
    result('one session, age p50', quantile(ages, 0.5), 'ms'),
    result('one session, age added over bare inference, p50', added(0.5), 'ms', { atMost: 3 }),
    result('one session, age added over bare inference, p95', added(0.95), 'ms', { atMost: 6 }),
  ];
};
