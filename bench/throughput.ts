import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { frameOf } from '../server/testing/media.ts';
import { helloStream } from '../server/testing/streamClient.ts';
import { startBuiltServer } from './builtServer.ts';
import { median, quantile } from './stats.ts';

/**
 * Labels per second of one, two and eight sessions, JPEG decoding and transport included, against a bare loop over the
 * runtime in as many processes as the server has workers. The two take turns in one run, so a machine that changes its
 * speed changes both.
 */
const ROUNDS = 5;
const ROUND_MS = 3_000;
const CAMERA_FRAME_MS = 33;
const cores = availableParallelism();
const frame = await frameOf('cup.png');

const server = await startBuiltServer({ WORKERS: String(cores) });
const loops = await Promise.all(
  Array.from({ length: cores }, async () => {
    const child = fork('bench/rawLoop.ts', { execArgv: ['--import', 'tsx'] });
    await once(child, 'message');
    return child;
  }),
);

async function rawPerSecond(): Promise<number> {
  const results = loops.map((loop) => once(loop, 'message') as Promise<[{ perSecond: number }]>);
  tell(loops, 'go');
  await sleep(ROUND_MS);
  tell(loops, 'stop');
  return (await Promise.all(results)).reduce((sum, [{ perSecond }]) => sum + perSecond, 0);
}

function tell(children: readonly ChildProcess[], word: 'go' | 'stop'): void {
  for (const child of children) child.send(word);
}

async function labelled(sessions: number): Promise<{ perSecond: number; ages: number[] }> {
  const ages: number[] = [];
  const clients = await Promise.all(Array.from({ length: sessions }, () => helloStream(server.url)));
  const startedAt = performance.now();
  const endAt = startedAt + ROUND_MS;
  await Promise.all(
    clients.flatMap((client) =>
      Array.from({ length: client.welcome.credits }, async () => {
        while (performance.now() < endAt) {
          const sentAt = performance.now();
          if ((await client.look(frame)).type === 'labels') ages.push(performance.now() - sentAt);
          // A camera has no newer picture at once.
          else await sleep(CAMERA_FRAME_MS);
        }
      }),
    ),
  );
  const perSecond = (ages.length * 1000) / (performance.now() - startedAt);
  await Promise.all(clients.map((client) => client.close()));
  return { perSecond, ages };
}

const SESSIONS = [1, 2, 8];
const raw: number[] = [];
const ours = new Map(SESSIONS.map((count) => [count, { perSecond: [] as number[], ages: [] as number[] }]));
await labelled(2); // Warm.
for (let round = 0; round < ROUNDS; round++) {
  raw.push(await rawPerSecond());
  for (const [count, results] of ours) {
    const { perSecond, ages } = await labelled(count);
    results.perSecond.push(perSecond);
    results.ages.push(...ages);
  }
}
for (const loop of loops) loop.kill();
await server.close();

const say = (line: string) => process.stdout.write(`${line}\n`);
say(`bare onnxruntime, ${cores} processes: ${median(raw).toFixed(1)} runs/s`);
for (const [count, { perSecond, ages }] of ours) {
  const shares = perSecond.map((value, round) => value / (raw[round] ?? Number.NaN));
  say(
    `${count} session${count > 1 ? 's' : ''}: ${median(perSecond).toFixed(1)} labels/s, ` +
      `${(100 * median(shares)).toFixed(0)} % of bare onnxruntime; ` +
      `age p50 ${quantile(ages, 0.5).toFixed(0)} ms, p95 ${quantile(ages, 0.95).toFixed(0)} ms`,
  );
}
