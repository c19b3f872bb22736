import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright';
import { fetchCocoSsd } from '../models/build/cocoSsd.ts';
import { photo } from '../server/testing/media.ts';
import type { TfjsJob } from './tfjs.worker.ts';

export interface TfjsChromium {
  /** How long each run took, one after the other. */
  run(what: TfjsJob['what'], durationMs: number): Promise<number[]>;
  close(): Promise<void>;
}

/** Without these, a page has no threads. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** TensorFlow.js in a worker (tfjs.worker.ts) of a page of its own; idle but while it is asked. */
export async function startTfjsChromium(
  browser: Browser,
  { threads }: { threads: number },
): Promise<TfjsChromium> {
  const { outputFiles } = await build({
    entryPoints: ['bench/tfjs.worker.ts'],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    // What the backend would ask for in Node.
    external: ['fs', 'path', 'os', 'util', 'crypto', 'worker_threads', 'perf_hooks', 'string_decoder'],
    logLevel: 'error',
  });
  const source = await fetchCocoSsd();
  const wasmDir = path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));

  async function find(url: string): Promise<{ type: string; body: Uint8Array | string }> {
    if (url === '/') return { type: 'text/html', body: '<!doctype html>' };
    if (url === '/worker.js') return { type: 'text/javascript', body: outputFiles[0]?.contents ?? '' };
    if (url === '/photo.png') return { type: 'image/png', body: await photo('cup.png') };
    const name = path.posix.basename(url);
    if (url.startsWith('/wasm/')) {
      return { type: 'application/wasm', body: await readFile(path.join(wasmDir, name)) };
    }
    if (url === '/model/model.json') {
      return { type: 'application/json', body: JSON.stringify(source.json) };
    }
    return { type: 'application/octet-stream', body: source.readShard(name) };
  }

  const server = createServer((request, response) => {
    find(new URL(request.url ?? '/', 'http://localhost').pathname).then(
      ({ type, body }) =>
        response.writeHead(200, { 'content-type': type, ...(threads > 1 ? ISOLATED : {}) }).end(body),
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
  const worker = await page.evaluateHandle(
    (url) =>
      new Promise<Worker>((resolve, reject) => {
        const started = new Worker(url, { type: 'module' });
        started.onmessage = () => resolve(started);
        started.onerror = (event) => reject(new Error(`TensorFlow.js: ${event.message}`));
      }),
    `/worker.js?threads=${threads}`,
  );
  return {
    async run(what, durationMs) {
      await page.bringToFront();
      return worker.evaluate(
        (asked, job) =>
          new Promise<number[]>((resolve) => {
            asked.onmessage = ({ data }: MessageEvent<number[]>) => resolve(data);
            asked.postMessage(job);
          }),
        { what, durationMs },
      );
    },
    async close() {
      await page.close();
      server.close();
    },
  };
}
