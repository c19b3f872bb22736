import { startBuiltServer } from '../builtServer.ts';
import { measureCapacity } from '../capacity.ts';
import { agesOf, perSecond, startLoad } from '../load.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { quantile } from '../stats.ts';

const TIMES = [1, 2, 5, 20];
const FRAMES_PER_SECOND = 30;
const DURATION_MS = 6_000;

/**
 * Age of delivered labels when cameras offer once to twenty times what the server can do. The bound is what a fair turn
 * costs, sessions / capacity, and one service time. Flat: the second half of the time is no worse than the first.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer({ MAX_SESSIONS: '10000', MAX_SESSIONS_PER_ADDRESS: '10000' });
  const load = await startLoad();
  const { labelsPerSecond, serviceMs } = await measureCapacity(load, server.url);
  const rows: BenchResult[] = [
    result('overload: capacity', labelsPerSecond, 'labels/s'),
    result('overload: one service time', serviceMs, 'ms'),
  ];
  for (const times of TIMES) {
    const sessions = Math.max(1, Math.round((times * labelsPerSecond) / FRAMES_PER_SECOND));
    const report = await load.run({
      cameras: [{ url: server.url, group: 'all', count: sessions, pace: 'camera' }],
      warmMs: 1_500,
      durationMs: DURATION_MS,
    });
    const answers = report.cameras.flatMap((camera) => camera.answers);
    const middleMs = Math.min(...answers.map(({ atMs }) => atMs)) + DURATION_MS / 2;
    const half = (isSecond: boolean) =>
      answers.filter(({ atMs }) => atMs >= middleMs === isSecond).map(({ ageMs }) => ageMs);
    const name = `overload ${times}x, ${sessions} sessions`;
    const boundMs = 1.3 * ((1000 * sessions) / labelsPerSecond + serviceMs);
    rows.push(
      result(`${name}: age p99`, quantile(agesOf(report), 0.99), 'ms', { atMost: boundMs }),
      result(
        `${name}: p95 of second half / first`,
        quantile(half(true), 0.95) / quantile(half(false), 0.95),
        '',
        {
          atMost: 1.25,
        },
      ),
      result(`${name}: labels/s / capacity`, perSecond(report) / labelsPerSecond, ''),
    );
  }
  load.close();
  await server.close();
  return rows;
};
