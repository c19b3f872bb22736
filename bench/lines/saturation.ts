import { availableParallelism } from 'node:os';
import { startBuiltServer } from '../builtServer.ts';
import { agesOf, perSecond, startLoad } from '../load.ts';
import { startLoops } from '../loops.ts';
import { type BenchLine, result } from '../result.ts';
import { median, quantile } from '../stats.ts';

const ROUNDS = 3;
const ROUND_MS = 2_000;
const WARM_MS = 500;
const SESSIONS = [1, 2, 8];

/**
 * Labels a second when sessions send all they may, JPEG decoding and transport included, against a bare loop over the
 * runtime in one process a core. The sides take turns, so a machine that changes its speed changes both. The load
 * generator's own cost is paid from the same cores.
 */
export const measure: BenchLine = async () => {
  const cores = availableParallelism();
  const server = await startBuiltServer();
  const bare = await startLoops({ script: 'rawLoop', processes: cores, threads: 1 });
  const load = await startLoad();
  const rounds = SESSIONS.map((sessions) => ({
    sessions,
    rates: [] as number[],
    shares: [] as number[],
    ages: [] as number[],
  }));
  const bareRates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { perSecond: bareRate } = await bare.run(ROUND_MS);
    bareRates.push(bareRate);
    for (const { sessions, rates, shares, ages } of rounds) {
      const report = await load.run({
        cameras: [{ url: server.url, group: 'all', count: sessions, pace: 'eager' }],
        warmMs: WARM_MS,
        durationMs: ROUND_MS,
      });
      rates.push(perSecond(report));
      shares.push(perSecond(report) / bareRate);
      ages.push(...agesOf(report));
    }
  }
  load.close();
  bare.close();
  await server.close();

  const best = Math.max(...rounds.map(({ shares }) => median(shares)));
  return [
    result(`bare onnxruntime, ${cores} processes of one thread`, median(bareRates), 'runs/s'),
    ...rounds.flatMap(({ sessions, rates, ages }) => [
      result(`saturation, sessions: ${sessions}`, median(rates), 'labels/s'),
      result(`saturation, sessions: ${sessions}, age p95`, quantile(ages, 0.95), 'ms'),
    ]),
    result('saturation, best of these against bare onnxruntime', best, '', { atLeast: 0.92 }),
  ];
};
