import { startBuiltServer } from '../builtServer.ts';
import { type CameraReport, type LoadReport, startLoad } from '../load.ts';
import { type BenchLine, result } from '../result.ts';
import { quantile } from '../stats.ts';

const EQUALS = { count: 64, perSecond: 10 };
const POLITE = { count: 8, perSecond: 5 };
const EQUAL_MS = 12_000;
const ROUNDS = 2;
const ROUND_MS = 4_000;

/**
 * Whether sessions that ask for the same get the same, and whether one that sends whenever it may, without a pause
 * after a dropped frame, takes anything from those that ask for little. Polite sessions with and without it take turns.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer({ MAX_SESSIONS_PER_ADDRESS: '100' });
  const load = await startLoad();
  const { url } = server;
  const equal = await load.run({
    cameras: [{ url, group: 'equal', count: EQUALS.count, pace: EQUALS.perSecond }],
    warmMs: 2_000,
    durationMs: EQUAL_MS,
  });
  const polite = { url, group: 'polite', count: POLITE.count, pace: POLITE.perSecond };
  const greedy = { url, group: 'greedy', count: 1, pace: 'greedy' as const };
  const among: LoadReport[] = [];
  const withGreedy: LoadReport[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times = { warmMs: 1_000, durationMs: ROUND_MS };
    among.push(await load.run({ cameras: [polite], ...times }));
    withGreedy.push(await load.run({ cameras: [polite, greedy], ...times }));
  }
  load.close();
  await server.close();

  const offered = (POLITE.count * POLITE.perSecond * ROUNDS * ROUND_MS) / 1000;
  const [alone, crowded, one] = [of('polite', among), of('polite', withGreedy), of('greedy', withGreedy)];
  const labelsOf = (cameras: CameraReport[]) => cameras.flatMap(({ answers }) => answers);
  const p95 = (cameras: CameraReport[]) =>
    quantile(
      labelsOf(cameras).map(({ ageMs }) => ageMs),
      0.95,
    );
  const seconds = (ROUNDS * ROUND_MS) / 1000;
  const loss = (labelsOf(alone).length - labelsOf(crowded).length) / labelsOf(alone).length;
  const shares = equal.cameras.map(({ answers }) => answers.length);
  return [
    result(`fairness of ${EQUALS.count} equal sessions (Jain)`, jain(shares), '', { atLeast: 0.99 }),
    result('equal sessions, fewest labels / most', Math.min(...shares) / Math.max(...shares), ''),
    result('8 polite sessions: labels of frames offered', labelsOf(alone).length / offered, ''),
    result('the same next to a greedy one', labelsOf(crowded).length / offered, ''),
    // 1 %: a frame on the edge of the measured time.
    result('polite sessions lose by it', loss, '', { atMost: 0.01 }),
    result('polite sessions, age p95', p95(alone), 'ms'),
    result('the same next to a greedy one', p95(crowded), 'ms'),
    result('the greedy session: labels', labelsOf(one).length / seconds, '/s'),
    result('the greedy session: frames sent', one.reduce((sum, { sent }) => sum + sent, 0) / seconds, '/s'),
  ];
};

const of = (group: string, reports: LoadReport[]): CameraReport[] =>
  reports.flatMap(({ cameras }) => cameras).filter((camera) => camera.group === group);

/** Jain's index: 1 when all get the same, 1 / n when one gets all. https://arxiv.org/abs/cs/9809099 */
function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return (sum * sum) / (values.length * squares);
}
