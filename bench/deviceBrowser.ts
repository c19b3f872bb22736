import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { fetchCocoSsd } from '../models/build/cocoSsd.ts';
import { SECURITY_HEADERS } from '../server/http/securityHeaders.ts';
import { photo } from '../server/testing/media.ts';
import type { DeviceRequests } from './devicePage.ts';
import { askUntil, type DrivenBrowser } from './pageDriver.ts';

/** The page of devicePage.ts in a browser: the product's model of a device, and TensorFlow.js. */
export interface DevicePage {
  /** @throws Error with what the page says */
  ask<Name extends keyof DeviceRequests>(
    name: Name,
    given: Parameters<DeviceRequests[Name]>[0],
  ): Promise<ReturnType<DeviceRequests[Name]>>;
  close(): Promise<void>;
}

/**
 * Opens it. The model, the runtimes and their headers come from the server, as in production; the bench's own files are put
 * in front of them, on one origin.
 * @param url of a server, without a path
 */
export async function openDevicePage(browser: DrivenBrowser, url: string): Promise<DevicePage> {
  const front = await startFront(url);
  const page = await browser.open(`${front.url}/bench.html`);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          if (!('deviceBench' in window)) return;
          clearInterval(timer);
          resolve();
        }, 20);
      }),
  );
  return {
    async ask<Name extends keyof DeviceRequests>(name: Name, given: Parameters<DeviceRequests[Name]>[0]) {
      await page.evaluate((asked) => window.deviceBench.begin(asked), { name, given });
      const outcome = await askUntil(page, (withinMs) => window.deviceBench.outcome(withinMs));
      if ('error' in outcome) throw new Error(outcome.error);
      return outcome.value as ReturnType<DeviceRequests[Name]>;
    },
    async close() {
      await page.close();
      front.close();
    },
  };
}

interface Served {
  readonly type: string;
  readonly body: Uint8Array | string;
}

/** A server on this machine that has the bench's files, and asks another one for all else. */
async function startFront(url: string) {
  const find = await benchFiles();
  const server = createServer((asked, response) => {
    const { pathname } = new URL(asked.url ?? '/', url);
    if (!/^\/bench[./]/.test(pathname)) forward(url, asked, response);
    else
      find(pathname).then(
        ({ type, body }) => response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': type }).end(body),
        () => response.writeHead(404).end(),
      );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

function forward(url: string, asked: IncomingMessage, response: ServerResponse): void {
  const target = new URL(asked.url ?? '/', url);
  request(target, { headers: { ...asked.headers, host: target.host } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  })
    .on('error', () => response.destroy())
    .end();
}

/** What the page and its workers are made of, by path. It throws for what there is not. */
async function benchFiles(): Promise<(pathname: string) => Promise<Served>> {
  const common = { bundle: true, write: false, outdir: '/bench', target: 'es2022' } as const;
  const [ours, theirs] = await Promise.all([
    build({
      ...common,
      entryPoints: {
        page: 'bench/devicePage.ts',
        // Where `new Worker(new URL('./…', import.meta.url))` of the bundle searches for it.
        'session.worker': 'app/device/runtime/session.worker.ts',
        'liteRt.worker': 'app/device/runtime/liteRt.worker.ts',
      },
      format: 'esm',
      logLevel: 'warning',
    }),
    build({
      ...common,
      entryPoints: ['bench/tfjs.worker.ts'],
      platform: 'browser',
      format: 'iife',
      // What the backend would ask for in Node.
      external: ['fs', 'path', 'os', 'util', 'crypto', 'worker_threads', 'perf_hooks', 'string_decoder'],
      logLevel: 'error',
    }),
  ]);
  const scripts = new Map<string, string>();
  for (const { path: file, text } of ours.outputFiles) {
    scripts.set(path.basename(file).replace('.worker.js', '.worker.ts'), text);
  }
  for (const { path: file, text } of theirs.outputFiles) scripts.set(path.basename(file), text);
  const cocoSsd = await fetchCocoSsd();
  const wasmDir = path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  return async (pathname) => {
    // In the server's root: the page's own code finds the server by its own folder.
    if (pathname === '/bench.html') {
      const body = '<!doctype html><script type="module" src="/bench/page.js"></script>';
      return { type: 'text/html', body };
    }
    const name = path.posix.basename(pathname);
    const script = scripts.get(name);
    if (script !== undefined) return { type: 'text/javascript', body: script };
    if (name === 'photo.png') return { type: 'image/png', body: await photo('cup.png') };
    if (name.endsWith('.wasm')) {
      return { type: 'application/wasm', body: await readFile(path.join(wasmDir, name)) };
    }
    if (name === 'model.json') return { type: 'application/json', body: JSON.stringify(cocoSsd.json) };
    return { type: 'application/octet-stream', body: cocoSsd.readShard(name) };
  };
}
