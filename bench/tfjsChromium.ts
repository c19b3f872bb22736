import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { findChromium } from '../scripts/browser.ts';
import { fetchCocoSsd } from '../server/models/import/cocoSsd.ts';
import { frameOf } from '../server/testing/media.ts';

export interface TfjsChromium {
  run(durationMs: number): Promise<{ perSecond: number }>;
  close(): Promise<void>;
}

/** TensorFlow.js in a page (tfjsPage.ts) of a browser of its own; idle but while it is asked. */
export async function startTfjsChromium(): Promise<TfjsChromium> {
  const executablePath = findChromium(process.env);
  if (executablePath === undefined) throw new Error('No Chromium found; "npm test" gets one.');
  const { outputFiles } = await build({
    entryPoints: ['bench/tfjsPage.ts'],
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
    if (url === '/') {
      return { type: 'text/html', body: '<!doctype html><script type="module" src="/page.js"></script>' };
    }
    if (url === '/page.js') return { type: 'text/javascript', body: outputFiles[0]?.contents ?? '' };
    if (url === '/frame.jpg') return { type: 'image/jpeg', body: await frameOf('cup.png') };
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
    find(request.url ?? '/').then(
      ({ type, body }) => response.writeHead(200, { 'content-type': type }).end(body),
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const browser = await chromium.launch({ executablePath });
  const page = await browser.newPage();
  const broke = new Promise<never>((_, reject) => {
    page.once('pageerror', reject);
  });
  await page.goto(`http://127.0.0.1:${address.port}/`);
  await Promise.race([
    page.waitForFunction(() => 'tfjsLoop' in window, undefined, { timeout: 60_000 }),
    broke,
  ]);
  return {
    run: (durationMs) => page.evaluate((ms) => window.tfjsLoop(ms), durationMs),
    async close() {
      await browser.close();
      server.close();
    },
  };
}
