import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBuiltServer } from '../builtServer.ts';
import { type Load, type LoadReport, startLoad } from '../load.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { median } from '../stats.ts';

export type Attack = 'forms' | 'downloads' | 'pipelining' | 'fragments';

const ATTACKS: Readonly<Record<Attack, string>> = {
  forms: '8 clients with forms of 186,000 parts',
  downloads: '560 clients that read none of a large file',
  pipelining: '4 clients with 30,000 requests ahead',
  fragments: '50 clients with fragments of 32 bytes',
};
const PACE = 10;
const ROUND_MS = 4_000;
/** With and without attackers, in turns: a machine's own hiccups fall into one of them. */
const ROUNDS = 3;
/** After the attackers are gone. */
const SETTLE_MS = 4_000;

/** Once more, only for what it leaves behind. */
const AGAIN_MS = 5_000;

/**
 * What a polite stream notices of clients that send what costs most, and what is left of them afterwards. Each attack has a
 * server of its own. A heap that has grown keeps its pages, so what counts is whether one more round makes it grow again.
 */
export const measure: BenchLine = async () => {
  const load = await startLoad();
  const rows: BenchResult[] = [];
  for (const attack of Object.keys(ATTACKS) as Attack[]) rows.push(...(await measureAttack(attack, load)));
  load.close();
  return rows;
};

async function measureAttack(attack: Attack, load: Load): Promise<BenchResult[]> {
  const server = await startBuiltServer();
  const { url } = server;
  const stream = (onMeasuring?: () => void) =>
    load.run(
      { cameras: [{ url, group: 'polite', count: 1, pace: PACE }], warmMs: 1_000, durationMs: ROUND_MS },
      onMeasuring,
    );
  /** A stream that is there before the attackers are. */
  const attacked = async () => {
    let attackers: ReturnType<typeof startAttackers> | undefined;
    gaps.attacked.push(
      worstGap(
        await stream(() => {
          attackers = startAttackers(url, attack);
        }),
      ),
    );
    return attackers;
  };
  const gaps = { alone: [worstGap(await stream())], attacked: [] as number[] };
  const before = await resourcesOf(url);
  for (let round = 1; round < ROUNDS; round++) {
    await (await attacked())?.close();
    gaps.alone.push(worstGap(await stream()));
  }
  const last = await attacked();
  const healthMs = await timeOf(`${url}/healthz`);
  const page = await fetch(url).then(
    async (answer) => answer.ok && (await answer.text()).endsWith('</html>'),
    () => false,
  );
  const most = await resourcesOf(url);
  await last?.close();
  await sleep(SETTLE_MS);
  const after = await resourcesOf(url);
  const again = await startAttackers(url, attack);
  await sleep(AGAIN_MS);
  await again.close();
  await sleep(SETTLE_MS);
  const afterAgain = await resourcesOf(url);
  await server.close();
  const name = ATTACKS[attack];
  return [
    result(`next to ${name}: worst gap of a stream more`, median(gaps.attacked) - median(gaps.alone), 'ms', {
      atMost: 50,
    }),
    result(`${attack}: worst gap alone`, median(gaps.alone), 'ms'),
    result(`${attack}: health answered in`, healthMs, 'ms'),
    result(`${attack}: a page is whole`, page ? 1 : 0, '', { atLeast: 1 }),
    result(`${attack}: memory of the socket process before`, before.memoryMb, 'MB'),
    result(`${attack}: memory`, most.memoryMb, 'MB'),
    result(`${attack}: afterwards`, after.memoryMb, 'MB'),
    result(`${attack}: more after a second round`, afterAgain.memoryMb - after.memoryMb, 'MB', {
      atMost: 20,
    }),
    result(`${attack}: open files`, most.files, ''),
    result(`${attack}: open files more afterwards`, afterAgain.files - before.files, '', { atMost: 0 }),
  ];
}

async function startAttackers(url: string, attack: Attack) {
  const child = fork('bench/attackers.ts', [url, attack], { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  return {
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** The longest time between two answers of one round, ms; of several rounds the median counts. */
function worstGap({ cameras }: LoadReport): number {
  const times = cameras.flatMap(({ answers }) => answers.map(({ atMs }) => atMs));
  return Math.max(...times.slice(1).map((atMs, i) => atMs - (times[i] ?? atMs)));
}

async function timeOf(url: string): Promise<number> {
  const startedAt = performance.now();
  const isThere = await fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
  return isThere ? performance.now() - startedAt : Number.NaN;
}

/** Of the server's own metrics; open files are counted on Linux only. */
async function resourcesOf(url: string): Promise<{ memoryMb: number; files: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
  return { memoryMb: read('process_resident_memory_bytes') / 2 ** 20, files: read('process_open_fds') };
}
