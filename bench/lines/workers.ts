import { setTimeout as sleep } from 'node:timers/promises';
import { startBuiltServer } from '../builtServer.ts';
import { type Load, startLoad } from '../load.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';

const WARM_MS = 2_000;
const WATCHED_MS = 8_000;
/** Less than a worker takes to start, so that the kills meet one after the other of those that serve. */
const NEXT_KILL_MS = 300;
const MAX_GAP_S = 1.5;

/** Workers of a server by the order in which they became ready; the first can run on all cores. */
interface Workers {
  readonly pids: readonly number[];
}

interface Situation {
  name: string;
  /** Done while a camera sends; else before the first frame. */
  isAtWork: boolean;
  happen(workers: Workers): Promise<void>;
}

const signal = (pid: number | undefined, name: 'SIGKILL' | 'SIGSTOP') => {
  if (pid !== undefined) process.kill(pid, name);
};

const SITUATIONS: Situation[] = [
  {
    name: 'one is killed',
    isAtWork: true,
    happen: async ({ pids }) => signal(pids[0], 'SIGKILL'),
  },
  {
    name: 'one stands still at work',
    isAtWork: true,
    happen: async ({ pids }) => signal(pids[0], 'SIGSTOP'),
  },
  {
    name: 'one stands still with nothing to do',
    isAtWork: false,
    happen: async ({ pids }) => signal(pids[0], 'SIGSTOP'),
  },
  {
    name: 'all are killed at once',
    isAtWork: true,
    async happen({ pids }) {
      for (const pid of [...pids]) signal(pid, 'SIGKILL');
    },
  },
  {
    name: 'five kills in a row',
    isAtWork: true,
    async happen(workers) {
      for (let kill = 0; kill < 5; kill++) {
        signal(workers.pids[0], 'SIGKILL');
        await sleep(NEXT_KILL_MS);
      }
    },
  },
];

/**
 * How long a lone camera of 30 frames a second goes without labels when workers end or stand still: the longest time
 * between two labels, or without any.
 */
export const measure: BenchLine = async () => {
  const load = await startLoad();
  const rows: BenchResult[] = [];
  for (const count of [2, 1]) {
    for (const situation of SITUATIONS) rows.push(await measureOne(load, count, situation));
  }
  load.close();
  return rows;
};

async function measureOne(load: Load, count: number, situation: Situation): Promise<BenchResult> {
  const pids: number[] = [];
  const server = await startBuiltServer({ WORKERS: String(count), LOG_LEVEL: 'debug' }, (line) => {
    const { msg, pid } = JSON.parse(line) as { msg: string; pid: number };
    if (msg === 'worker ready') pids.push(pid);
    if (msg === 'worker lost' && pids.includes(pid)) pids.splice(pids.indexOf(pid), 1);
  });
  while (pids.length < count) await sleep(50);
  const cameras = [{ url: server.url, group: 'one', count: 1, pace: 'camera' as const }];
  // Workers know how long answers usually take.
  await load.run({ cameras, warmMs: 0, durationMs: WARM_MS });
  if (!situation.isAtWork) await situation.happen({ pids });
  let fromMs = Number.NaN;
  const report = await load.run(
    { cameras, warmMs: situation.isAtWork ? WARM_MS : 0, durationMs: WATCHED_MS },
    () => {
      fromMs = performance.timeOrigin + performance.now();
      if (situation.isAtWork) void situation.happen({ pids });
    },
  );
  await server.close();
  const times = report.cameras.flatMap(({ answers }) => answers.map(({ atMs }) => atMs));
  const edges = [fromMs, ...times.filter((atMs) => atMs > fromMs), fromMs + WATCHED_MS];
  const gapsMs = edges.slice(1).map((atMs, index) => atMs - (edges[index] ?? atMs));
  const words = `${count} ${count === 1 ? 'worker' : 'workers'}, ${situation.name}: without labels`;
  return result(words, Math.max(...gapsMs) / 1000, 's', count > 1 ? { atMost: MAX_GAP_S } : undefined);
}
