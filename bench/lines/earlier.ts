import { startBuiltServer } from '../builtServer.ts';
import { agesOf, perSecond, startLoad } from '../load.ts';
import { meteredRun } from '../meteredRun.ts';
import { type BenchLine, result } from '../result.ts';
import { median, medianRatio, quantile } from '../stats.ts';

const ROUNDS = 4;
const ROUND_MS = 4_000;
const WARM_MS = 1_000;
const SESSIONS = 8;

/**
 * Labels a second of eight sessions that send all they may, over those of an earlier commit: `EARLIER` is a checkout of it, in which
 * `npm ci && npm run build` ran. Both get the same frames, in turns. NaN without `EARLIER`.
 */
export const measure: BenchLine = async () => {
  const { EARLIER: checkout } = process.env;
  if (checkout === undefined) return [result(BY_CLOCK, Number.NaN, ''), result(BY_PROCESSOR, Number.NaN, '')];
  const load = await startLoad();
  const sides = await Promise.all(
    [startBuiltServer(), startBuiltServer({}, undefined, checkout)].map(async (starting) => ({
      server: await starting,
      rates: [] as number[],
      labelMs: [] as number[],
      ages: [] as number[],
    })),
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const { server, rates, labelMs, ages } of sides) {
      const run = { sessions: SESSIONS, warmMs: WARM_MS, durationMs: ROUND_MS };
      const report = await meteredRun(load, server, run);
      rates.push(perSecond(report));
      ages.push(...agesOf(report));
      labelMs.push(report.cpuMs / agesOf(report).length);
    }
  }
  load.close();
  for (const { server } of sides) await server.close();

  const [ours, theirs] = sides as [(typeof sides)[number], (typeof sides)[number]];
  return [
    result('eight sessions: labels/s', median(ours.rates), 'labels/s'),
    result('eight sessions, the earlier commit: labels/s', median(theirs.rates), 'labels/s'),
    result('eight sessions: age p50', quantile(ours.ages, 0.5), 'ms'),
    result('eight sessions, the earlier commit: age p50', quantile(theirs.ages, 0.5), 'ms'),
    result(BY_CLOCK, medianRatio(ours.rates, theirs.rates), '', { atLeast: 2 }),
    result(BY_PROCESSOR, medianRatio(theirs.labelMs, ours.labelMs), '', { atLeast: 2 }),
  ];
};

const BY_CLOCK = 'eight sessions: labels/s over the earlier commit';
const BY_PROCESSOR = 'eight sessions: processor time of a label, the earlier commit over this one';
