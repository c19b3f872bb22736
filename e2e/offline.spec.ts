import path from 'node:path';
import { build as esbuild } from 'esbuild';
import sharp from 'sharp';
import { RUNTIME_URL } from '../app/offline/runtimeUrl.ts';
import { becomesReady, KEEPING, reopen } from './harness/keptPage.ts';
import { cameraStarts, type Lens } from './harness/lens.ts';
import { copyPages, type PagesCopy } from './harness/pagesCopy.ts';
import { ROOT } from './harness/root.ts';
import { test as base, expect } from './harness/test.ts';

const test = base.extend<{ pages: PagesCopy }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's text to learn what is needed.
  pages: async ({}, use) => {
    const pages = await copyPages();
    await use(pages);
    await pages.remove();
  },
});

const SERVER_IS_AWAY = /WebSocket|ERR_CONNECTION|ERR_FAILED|Failed to fetch/;

test('with the server gone the page opens, isolated and under its policy, and the camera starts', async ({
  open,
  serve,
}) => {
  const server = await serve();
  const lens = await open({ ...KEEPING, url: server.url, expectedErrors: SERVER_IS_AWAY });
  await cameraStarts(lens);
  await becomesReady(lens);
  await server.close();

  await reopen(lens, `${server.url}/?from=home`);
  await cameraStarts(lens);
  const kept = await lens.page.evaluate(async () => {
    const page = await fetch('/');
    return {
      crossOriginIsolated,
      policy: page.headers.get('content-security-policy'),
      icon: (await fetch('/icon.svg')).ok,
      manifest: (await fetch('/manifest.webmanifest')).ok,
    };
  });
  expect(kept).toMatchObject({ crossOriginIsolated: true, icon: true, manifest: true });
  expect(kept.policy).toMatch(/default-src 'none'/);
  await expect(lens.says(/connection|reached/i)).toBeVisible();

  await lens.page.getByRole('button', { name: 'Models' }).click();
  const panel = lens.page.getByTestId('models-panel');
  await expect(panel.getByRole('status').filter({ hasText: 'The server can’t be reached' })).toBeVisible();
  await expect(panel.getByRole('button')).toHaveCount(1); // Close

  const again = await serve({ env: { PORT: String(server.port) } });
  expect(again.url).toBe(server.url);
  await expect(panel.locator('[data-model="coco-ssd"]')).toBeVisible();
  await expect(panel.getByText('The server can’t be reached')).toHaveCount(0);
  await panel.getByRole('button', { name: 'Close' }).click();
  await expect(lens.boxes('cat')).toHaveCount(1);
});

// With the device as a person's choice: e2e/subpath.spec.ts.
test('installed, then opened with no network at all: labels, without a word from the person', async ({
  open,
  serve,
}) => {
  const server = await serve();
  const lens = await open({
    ...KEEPING,
    place: 'default',
    url: server.url,
    expectedErrors: SERVER_IS_AWAY,
  });
  const badge = lens.page.getByTestId('place');
  await cameraStarts(lens);
  await expect(badge).toHaveAttribute('data-device', 'ready', { timeout: 60_000 });
  await becomesReady(lens);
  await expect.poll(() => keptOfRuntime(lens)).toBeGreaterThanOrEqual(3);
  await server.close();

  await reopen(lens, server.url);
  await cameraStarts(lens);
  await expect(badge).toHaveAttribute('data-backend', 'device');
  await expect(lens.boxes('cat')).toHaveCount(1);
});

const keptOfRuntime = ({ page }: Lens) =>
  page.evaluate(async () => (await (await caches.open('livelens-runtime')).keys()).length);

test('the service worker gives the page, and leaves all else to the server', async ({ open, serve }) => {
  const server = await serve();
  const lens = await open({ ...KEEPING, url: server.url, expectedErrors: /404/ });
  await cameraStarts(lens);
  await becomesReady(lens);

  const byWorker = new Map<string, boolean>();
  lens.page.on('response', (response) => {
    byWorker.set(new URL(response.url()).pathname, response.fromServiceWorker());
  });
  await reopen(lens, server.url);
  await expect(lens.boxes('cat')).toHaveCount(1);
  const statuses = await lens.page.evaluate(async () => {
    const paths = [
      '/v1/models',
      '/v1/models/coco-ssd/manifest',
      '/healthz',
      '/readyz',
      '/metrics',
      '/nowhere',
    ];
    return Promise.all(paths.map(async (at) => (await fetch(at)).status));
  });
  expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
  const answered = [...byWorker].map(([at, isByWorker]) => `${isByWorker ? 'worker' : 'server'} ${at}`);
  expect(answered).toContain('worker /');
  expect(answered.filter((line) => /^server \/(_next\/|$)/.test(line))).toEqual([]);
  expect(answered.filter((line) => /^worker \/(v1|healthz|readyz|metrics|nowhere)/.test(line))).toEqual([]);
  const keptUrls = await lens.page.evaluate(async () => {
    const all = await Promise.all(
      (await caches.keys()).map(async (name) => (await caches.open(name)).keys()),
    );
    return all.flat().map(({ url }) => new URL(url).pathname);
  });
  expect(keptUrls).toContain('/');
  expect(keptUrls.filter((at) => at.startsWith('/v1') || at.startsWith('/runtime'))).toEqual([]);

  const response = await lens.page.goto(`${server.url}/nowhere`);
  expect(response?.status(), 'an address that leads nowhere says so').toBe(404);
});

test('runtime files that a page keeps on its first visit are there for workers without the server', async ({
  open,
  serve,
  pages,
}) => {
  await pages.write(`${RUNTIME_URL}probe.mjs`, 'export const answer = "kept";');
  await pages.write(
    `${RUNTIME_URL}probe.worker.js`,
    `import('/${RUNTIME_URL}probe.mjs').then(({ answer }) => postMessage({ answer, crossOriginIsolated }));`,
  );
  const server = await serve({ cwd: pages.cwd });
  const lens = await open({ ...KEEPING, url: server.url, expectedErrors: SERVER_IS_AWAY });
  await cameraStarts(lens);
  await becomesReady(lens);
  const isControlled = await lens.page.evaluate(() => navigator.serviceWorker.controller !== null);
  expect(isControlled, 'nothing changes under a page that is in use').toBe(false);
  const urls = ['probe.mjs', 'probe.worker.js'].map((file) => RUNTIME_URL + file);
  await keepRuntime(lens, urls);
  await keepRuntime(lens, urls);

  await server.close();
  await reopen(lens, server.url);
  await cameraStarts(lens);
  const said = await lens.page.evaluate(
    (url) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(url, { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = () => reject(new Error('The worker did not start.'));
      }),
    `${RUNTIME_URL}probe.worker.js`,
  );
  expect(said).toEqual({ answer: 'kept', crossOriginIsolated: true });
});

test('a new build waits for a yes, then it is there; another tab says so; the old runtime goes', async ({
  open,
  serve,
  pages,
}) => {
  const first = await serve({ cwd: pages.cwd });
  const lens = await open({ ...KEEPING, url: first.url, expectedErrors: SERVER_IS_AWAY });
  await cameraStarts(lens);
  await becomesReady(lens);
  await reopen(lens, first.url);
  await becomesReady(lens);
  await lens.page.evaluate(async () => {
    const cache = await caches.open('livelens-runtime');
    await cache.put('/runtime/0.9.0/old.mjs', new Response('old'));
  });
  const other = await lens.context.newPage();
  await other.goto(first.url);
  await expect(other.locator('main')).toHaveAttribute('data-offline', 'ready');
  await other.evaluate(() => {
    document.body.dataset.stays = 'yes';
  });

  await first.close();
  await pages.rebuild((html) => html.replace('<head>', '<head><meta name="edition" content="second"/>'));
  await serve({ cwd: pages.cwd, env: { PORT: String(first.port) } });
  await lens.page.reload();
  const edition = lens.page.locator('meta[name="edition"]');
  const toast = lens.page.getByTestId('update');
  await expect(toast).toContainText('new version');
  await expect(edition, 'the old version, until a person says so').toHaveCount(0);
  await expect(other.getByTestId('update')).toContainText('new version');

  await toast.getByRole('button', { name: 'Reload' }).click();
  await expect(edition).toHaveCount(1);
  await cameraStarts(lens);
  await becomesReady(lens);
  await expect(toast).toHaveCount(0);
  await expect(other.getByTestId('update')).toContainText('another tab');
  expect(await other.evaluate(() => document.body.dataset.stays), 'it is not reloaded').toBe('yes');
  expect(await lens.page.evaluate(() => caches.match('/runtime/0.9.0/old.mjs'))).toBeUndefined();
});

test('"Later" puts a new build off for as long as the page is open', async ({ open, serve, pages }) => {
  const first = await serve({ cwd: pages.cwd });
  const lens = await open({ ...KEEPING, url: first.url, expectedErrors: SERVER_IS_AWAY });
  await cameraStarts(lens);
  await becomesReady(lens);
  await first.close();
  await pages.rebuild((html) => html.replace('<head>', '<head><meta name="edition" content="second"/>'));
  await serve({ cwd: pages.cwd, env: { PORT: String(first.port) } });
  await lens.page.reload();
  const toast = lens.page.getByTestId('update');
  await toast.getByRole('button', { name: 'Later' }).click();
  await expect(toast).toHaveCount(0);
  await lens.page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update();
  });
  await expect(toast).toHaveCount(0);
  // The last page of the old version is closed: the new one opens the next.
  await expect
    .poll(async () => {
      await lens.page.goto('about:blank');
      await lens.page.goto(first.url);
      return lens.page.locator('meta[name="edition"]').count();
    })
    .toBe(1);
});

test('the browser finds nothing that keeps the page from being installed, and every icon', async ({
  open,
  server,
}) => {
  const lens = await open(KEEPING);
  await cameraStarts(lens);
  await becomesReady(lens);
  const cdp = await lens.context.newCDPSession(lens.page);
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
  // The contexts of tests are incognito windows.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual(
    [],
  );
  const { url, errors, data, manifest: read } = await cdp.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(url).toBe(`${server.url}/manifest.webmanifest`);
  const manifest: { icons: { src: string; sizes: string; type: string; purpose: string }[] } = JSON.parse(
    data ?? '{}',
  );
  expect(manifest).toMatchObject({ name: 'Livelens', start_url: './', scope: './', display: 'standalone' });
  // As it was when these were absolute: who installed it then has the same app.
  expect(read).toMatchObject({ id: `${server.url}/`, startUrl: `${server.url}/`, scope: `${server.url}/` });
  expect(manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toEqual([
    '192x192 any',
    '512x512 any',
    '512x512 maskable',
  ]);
  const apple = lens.page.locator('link[rel="apple-touch-icon"]');
  const links = [
    ...manifest.icons,
    { src: (await apple.getAttribute('href')) ?? '', sizes: '180x180', type: 'image/png' },
  ];
  for (const { src, sizes, type } of links) {
    const response = await fetch(new URL(src, url));
    expect(response.headers.get('content-type')).toBe(type);
    const { width, height } = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
    expect(`${width}x${height}`).toBe(sizes);
  }
  const worker = await fetch(`${server.url}/sw.js`);
  expect(worker.headers.get('cache-control')).toBe('no-cache');
  expect(worker.headers.get('content-type')).toMatch(/^text\/javascript/);
});

test('what the browser offers, the page offers: to install it', async ({ open }) => {
  const lens = await open();
  await cameraStarts(lens);
  await lens.page.evaluate(() => {
    const offer = new Event('beforeinstallprompt', { cancelable: true });
    const prompt = async () => {
      document.body.dataset.asked = 'yes';
      return { outcome: 'accepted' };
    };
    window.dispatchEvent(Object.assign(offer, { prompt }));
    document.body.dataset.prevented = String(offer.defaultPrevented);
  });
  await lens.page.getByRole('button', { name: 'Stop' }).click();
  const button = lens.page.getByRole('button', { name: 'Install as an app' });
  await button.click();
  const body = lens.page.locator('body');
  await expect(body).toHaveAttribute('data-asked', 'yes');
  await expect(body, 'no bar of the browser in the picture').toHaveAttribute('data-prevented', 'true');
  await expect(button).toHaveCount(0);
});

test('on iOS, where the browser offers nothing, the page says how it is installed', async ({ open }) => {
  const lens = await open({
    before: () => Object.defineProperty(navigator, 'standalone', { value: false }),
  });
  await cameraStarts(lens);
  await lens.page.getByRole('button', { name: 'Stop' }).click();
  await expect(lens.page.getByText('Add to Home Screen').and(lens.page.locator(':visible'))).toBeVisible();
});

/** Runs the page's own `keepRuntimeOffline` in it; the page calls it when it has a device to prepare. */
async function keepRuntime({ page }: Lens, urls: readonly string[]): Promise<void> {
  const { outputFiles } = await esbuild({
    entryPoints: [path.join(ROOT, 'app/offline/runtimeCache.ts')],
    bundle: true,
    format: 'iife',
    globalName: 'runtimeCache',
    write: false,
  });
  await page.evaluate(`${outputFiles[0]?.text}; runtimeCache.keepRuntimeOffline(${JSON.stringify(urls)})`);
}
