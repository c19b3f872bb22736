import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright';
import { SECURITY_HEADERS } from '../server/http/securityHeaders.ts';
import { photo } from '../server/testing/media.ts';
import type { DeviceRun } from './devicePage.ts';

/** The product's model of a device, in a page of its own; idle but while it is asked. */
export interface DeviceChromium {
  readonly page: Page;
  readonly threads: number;
  /** From asking for the model to its having proven its goldens: files of the runtime and the model come from this machine. */
  readonly openMs: number;
  run(until: { durationMs: number } | { count: number }): Promise<DeviceRun[]>;
  close(): Promise<void>;
}

/**
 * Opens the first model of a server on the device: runtime, model and headers come from that server, as in production.
 * @param url of a server, without a path
 * @param provider of the runtime; default: onnxruntime-web
 */
export async function startDeviceChromium(
  browser: Browser,
  { url, threads, provider = 'wasm' }: { url: string; threads: number; provider?: 'wasm' | 'litert' },
): Promise<DeviceChromium> {
  const page = await openDevicePage(browser, url);
  const startedAt = performance.now();
  const session = await page.evaluateHandle((choice) => window.deviceBench.open(choice), {
    provider,
    threads,
  });
  const openMs = performance.now() - startedAt;
  return {
    page,
    openMs,
    threads: await session.evaluate((opened) => opened.threads),
    async run(until) {
      await page.bringToFront();
      return session.evaluate((opened, how) => opened.run(how), until);
    },
    close: () => page.close(),
  };
}

/** A page with devicePage.ts in it. */
async function openDevicePage(browser: Browser, url: string): Promise<Page> {
  const { outputFiles } = await build({
    entryPoints: {
      page: 'bench/devicePage.ts',
      // Where `new Worker(new URL('./…', import.meta.url))` of the bundle searches for it.
      'session.worker': 'app/device/runtime/session.worker.ts',
      'liteRt.worker': 'app/device/runtime/liteRt.worker.ts',
    },
    outdir: '/bench',
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
  const served = new Map<string, { contentType: string; body: string | Buffer }>();
  for (const { path: file, text } of outputFiles) {
    const name = path.basename(file).replace('.worker.js', '.worker.ts');
    served.set(`/bench/${name}`, { contentType: 'text/javascript', body: text });
  }
  // In the server's root: the page's own code finds the server by its own folder.
  served.set('/bench.html', {
    contentType: 'text/html',
    body: '<!doctype html><script type="module" src="/bench/page.js"></script>',
  });
  served.set('/bench/photo.png', { contentType: 'image/png', body: Buffer.from(await photo('cup.png')) });
  const page = await browser.newPage();
  await page.route(/\/bench[./]/, async (route) => {
    const found = served.get(new URL(route.request().url()).pathname);
    return route.fulfill({ status: found ? 200 : 404, headers: SECURITY_HEADERS, ...found });
  });
  await page.goto(`${url}/bench.html`);
  await page.waitForFunction(() => 'deviceBench' in window, undefined, { timeout: 60_000 });
  return page;
}
