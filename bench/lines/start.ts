import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startBuiltServer } from '../builtServer.ts';
import { processTree } from '../processTree.ts';
import { type BenchLine, result } from '../result.ts';
import { median } from '../stats.ts';

const RUNS = 7;

/**
 * Time from the start of the server's process until models are loaded and proven, memory at that moment, and the size of the image:
 * the sum of the files that its last stage adds to the one of Node.js.
 */
export const measure: BenchLine = async () => {
  const times: number[] = [];
  const sockets: number[] = [];
  const workers: number[] = [];
  let models = '';
  for (let i = 0; i < RUNS + 1; i++) {
    const server = await startBuiltServer();
    // The first run reads files that no cache holds yet.
    if (i > 0) {
      times.push(server.startMs);
      const [own = Number.NaN, ...others] = (await processTree(server.pid)).rssBytes;
      sockets.push(own);
      workers.push(others[0] ?? Number.NaN);
      models = await loadedModels(server.url);
    }
    await server.close();
  }
  return [
    result('start of the server to ready, median', median(times), 'ms'),
    result(`the slowest of ${RUNS} starts`, Math.max(...times), 'ms'),
    result('memory when ready: the process with the sockets', median(sockets) / 1e6, 'MB'),
    result(`memory when ready: the first worker, with ${models}`, median(workers) / 1e6, 'MB'),
    result('files of the image, without Node.js', (await imageBytes()) / 1e6, 'MB'),
  ];
};

/** Names of the models that workers hold. */
async function loadedModels(url: string): Promise<string> {
  const { models } = (await (await fetch(`${url}/v1/models`)).json()) as {
    models: { id: string; state: string }[];
  };
  return models
    .filter(({ state }) => state === 'live')
    .map(({ id }) => id)
    .join(', ');
}

async function imageBytes(): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-image-'));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--import', 'tsx', 'scripts/imageFiles.ts', path.join(folder, 'image')],
    ]);
    const [, megabytes = 'NaN'] = /([\d.]+) MB {2}in \d+ files/.exec(stdout) ?? [];
    return Number(megabytes) * 1e6;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
