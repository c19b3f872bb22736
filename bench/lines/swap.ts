import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { copyShipped, publish, renamed } from '../../server/testing/modelFixtures.ts';
import { helloStream } from '../../server/testing/streamClient.ts';
import { startBuiltServer } from '../builtServer.ts';
import { agesOf, startLoad } from '../load.ts';
import { type BenchLine, result } from '../result.ts';
import { quantile } from '../stats.ts';

const CAMERAS = { group: 'cameras', count: 8, pace: 4 };
const STEADY_MS = 8_000;
/** `SWAPS=100 npm run bench -- swap` for more. */
const SWAPS = Number(process.env.SWAPS ?? 10);
/** Two scans of the folder, a trial on live frames and the start of two workers, generously. */
const SWAP_MS = 9_000;

/**
 * A model's folder is changed again and again while eight sessions stream: what that does to the age of their labels,
 * whether all frames are answered, and what is left in memory.
 */
export const measure: BenchLine = async () => {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'livelens-swap-'));
  const folder = path.join(modelsDir, 'coco-ssd');
  await copyShipped(folder);
  const versions = [await renamed('cup', 'mug'), await asShipped()];
  const server = await startBuiltServer({ MODELS_DIR: modelsDir });
  const load = await startLoad();
  const cameras = [{ ...CAMERAS, url: server.url }];
  const steady = await load.run({ cameras, warmMs: 2_000, durationMs: STEADY_MS });
  const watcher = await helloStream(server.url);
  const swap = async (version: number) => {
    const notified = watcher.next('model');
    await publish(folder, versions[version % versions.length] ?? {});
    await notified;
  };
  // The first swaps are those of a process that has just started; memory is compared from then on.
  for (let i = 0; i < 2; i++) await swap(i);
  const before = await memoryOf(server.pid);
  const during = await load.run(
    { cameras, warmMs: 0, durationMs: 2 * SWAP_MS },
    () => void swap(0).then(() => swap(1)),
  );
  for (let i = 2; i < SWAPS; i++) await swap(i);
  const after = await memoryOf(server.pid);
  await watcher.close();
  load.close();
  await server.close();
  await rm(modelsDir, { recursive: true });

  const [p95, p95During] = [quantile(agesOf(steady), 0.95), quantile(agesOf(during), 0.95)];
  const lost = during.cameras.reduce((sum, { closed }) => sum + (closed === undefined ? 0 : 1), 0);
  const serviceMs = quantile(
    steady.cameras.flatMap(({ answers }) => answers.map(({ serverMs, queueMs }) => serverMs - queueMs)),
    0.5,
  );
  return [
    result('8 sessions, age p95', p95, 'ms'),
    result('the same during two swaps', p95During, 'ms', { atMost: p95 + serviceMs }),
    result('sessions that lost their connection', lost, '', { atMost: 0 }),
    result(`memory of server and workers after ${SWAPS} swaps / before`, after / before, '', {
      atMost: 1.05,
    }),
  ];
};

/** The files that `renamed` changes, as they ship. */
async function asShipped(): Promise<Record<string, string>> {
  const files = ['labels.txt', 'goldens/cup.json'];
  const read = async (name: string) => [name, await readFile(path.join('models/coco-ssd', name), 'utf8')];
  return Object.fromEntries(await Promise.all(files.map(read)));
}

/** Resident memory of a process and its children, bytes. */
async function memoryOf(pid: number | undefined): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([own, parent]) => own === pid || parent === pid)
    .reduce((sum, [, , kib = 0]) => sum + kib * 1024, 0);
}
