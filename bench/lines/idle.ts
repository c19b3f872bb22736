import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBuiltServer } from '../builtServer.ts';
import { agesOf, startLoad } from '../load.ts';
import { type BenchLine, result } from '../result.ts';
import { quantile } from '../stats.ts';

const IDLE = 5_000;
const SETTLE_MS = 3_000;
/** One heartbeat, when all are pinged at once, falls into each measured time. */
const HEARTBEAT_MS = 8_000;

/**
 * What sessions cost that do nothing: memory of the process that holds the sockets (resident, and what of it is
 * JavaScript's heap; the kernel's socket buffers are not in it), and what an active session notices of them. The idle
 * clients have a process of their own.
 */
export const measure: BenchLine = async () => {
  const canOpen = maxOpenFiles();
  if (canOpen < IDLE + 500) {
    return [result(`${IDLE} idle sessions: "ulimit -n" is ${canOpen}, too low to measure`, Number.NaN, '')];
  }
  const server = await startBuiltServer({
    MAX_SESSIONS: '10000',
    MAX_SESSIONS_PER_ADDRESS: '10000',
    HEARTBEAT_MS: String(HEARTBEAT_MS),
  });
  const load = await startLoad();
  const active = async () =>
    agesOf(
      await load.run({
        cameras: [{ url: server.url, group: 'active', count: 1, pace: 20 }],
        warmMs: 1_000,
        durationMs: HEARTBEAT_MS,
      }),
    );
  const alone = await active();
  const before = await memoryOf(server.url);

  const idle = fork('bench/idleClients.ts', [server.url, String(IDLE)], { execArgv: ['--import', 'tsx'] });
  await once(idle, 'message');
  await sleep(SETTLE_MS);
  const after = await memoryOf(server.url);
  const crowded = await active();
  idle.send('lost?');
  const [{ lost }] = (await once(idle, 'message')) as [{ lost: number }];
  idle.disconnect();
  load.close();
  await server.close();

  const p95 = [quantile(alone, 0.95), quantile(crowded, 0.95)] as const;
  return [
    result(
      `${IDLE} idle sessions: resident memory each`,
      (after.resident - before.resident) / IDLE / 1024,
      'KB',
      {
        atMost: 20,
      },
    ),
    result(
      `${IDLE} idle sessions: of it JavaScript heap in use`,
      (after.heap - before.heap) / IDLE / 1024,
      'KB',
    ),
    result(`${IDLE} idle sessions: lost during the run`, lost, '', { atMost: 0 }),
    result('active session alone, age p95', p95[0], 'ms'),
    result('next to idle sessions, age p95 more', p95[1] - p95[0], 'ms', { atMost: 1 }),
    result('next to idle sessions, age p99 more', quantile(crowded, 0.99) - quantile(alone, 0.99), 'ms'),
  ];
};

/** Bytes, from the server's own /metrics. */
async function memoryOf(url: string): Promise<{ resident: number; heap: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
  return { resident: read('process_resident_memory_bytes'), heap: read('nodejs_heap_size_used_bytes') };
}

/** Node raises its own limit of open files to the hard one. Windows has none. */
function maxOpenFiles(): number {
  if (process.platform === 'win32') return Number.POSITIVE_INFINITY;
  const said = execFileSync('/bin/sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  return said === 'unlimited' ? Number.POSITIVE_INFINITY : Number(said);
}
