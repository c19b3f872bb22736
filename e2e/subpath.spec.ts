import type { Page } from 'playwright';
import { photoPath } from './footage/footage.ts';
import { becomesReady, KEEPING, reopen } from './harness/keptPage.ts';
import { cameraStarts } from './harness/lens.ts';
import {
  type ProxyName,
  type ReverseProxy,
  snippetOf,
  startCaddy,
  startNginx,
  whyNoProxy,
} from './harness/proxies.ts';
import { type Server, startServer } from './harness/server.ts';
import { test as base, expect } from './harness/test.ts';

interface Fixtures {
  /** Notes proxies that the test starts, to close them. */
  closing: (proxy: Promise<ReverseProxy>) => Promise<ReverseProxy>;
}

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's text to learn what is needed.
  closing: async ({}, use) => {
    const proxies: ReverseProxy[] = [];
    await use(async (starting) => {
      const proxy = await starting;
      proxies.push(proxy);
      return proxy;
    });
    await Promise.all(proxies.map((proxy) => proxy.close()));
  },
});

const SERVER_IS_AWAY = /WebSocket|ERR_CONNECTION|ERR_FAILED|Failed to fetch|502/;

/** A way to have the server below a path. */
interface Way {
  name: string;
  proxy?: ProxyName;
  basePath?: string;
  /**
   * The device is tried here, too. It takes what the proxy does to headers and ranges, and the path: each proxy once, with
   * and without the path once.
   */
  hasDevice?: boolean;
  /** Starts what stands in front of the server, if anything does. */
  start?: (port: number) => Promise<ReverseProxy>;
}

const nginx = async (port: number, has: string, more = '') =>
  startNginx({
    http: await snippetOf('nginx', 'map ', port),
    server: more + (await snippetOf('nginx', has, port)),
  });

const WAYS: readonly Way[] = [
  {
    name: 'nginx that removes the path',
    hasDevice: true,
    proxy: 'nginx',
    start: (port) => nginx(port, 'localhost:3000/;'),
  },
  {
    name: 'nginx that keeps the path',
    proxy: 'nginx',
    basePath: '/lens',
    start: (port) => nginx(port, 'localhost:3000;'),
  },
  {
    name: 'Caddy that removes the path',
    proxy: 'caddy',
    start: async (port) => startCaddy(await snippetOf('caddyfile', 'handle_path', port)),
  },
  {
    name: 'Caddy that keeps the path',
    hasDevice: true,
    proxy: 'caddy',
    basePath: '/lens',
    start: async (port) => startCaddy(await snippetOf('caddyfile', '@lens', port)),
  },
  { name: 'the server alone', basePath: '/lens' },
];

for (const way of WAYS) {
  test.describe(way.name, () => {
    const why = way.proxy && whyNoProxy(way.proxy, process.env);
    test.skip(why !== undefined, why);

    // For all tests of this way; the last one ends both.
    let server: Server;
    let proxy: ReverseProxy | undefined;
    let url: string;

    test.beforeAll(async () => {
      server = await startServer({
        env: { WORKERS: '1', ...(way.basePath !== undefined && { BASE_PATH: way.basePath }) },
      });
      proxy = await way.start?.(server.port);
      url = `${proxy?.url ?? `http://127.0.0.1:${server.port}`}/lens`;
    });

    test.afterAll(async () => {
      await proxy?.close();
      await server?.close();
    });

    test('without its last slash the address leads there too, with query and token; all that the page asks for is below the path, and the app can be installed', async ({
      open,
    }) => {
      const lens = await open({ ...KEEPING, url: 'about:blank', place: 'server' });
      const asked = watchRequests(lens.page);
      await lens.page.goto(`${url}?utm=1#token=secret-word`);
      await cameraStarts(lens);
      expect(lens.page.url()).toBe(`${url}/?utm=1`);
      expect(await lens.page.evaluate(() => sessionStorage.getItem('/lens/livelens.token'))).toBe(
        'secret-word',
      );
      await expect(lens.boxes('cat')).toHaveCount(1);
      await lens.page.getByRole('button', { name: 'Models' }).click();
      const panel = lens.page.getByTestId('models-panel');
      await expect(panel.getByText('COCO-SSD').first()).toBeVisible();
      await panel.getByRole('button', { name: 'Close' }).click();
      await lens.page.getByTestId('picture-input').setInputFiles(photoPath('cup'));
      await expect(lens.boxes('cup')).toHaveCount(1);
      await becomesReady(lens);
      expect(asked.failed).toEqual([]);
      // But for the address that was typed.
      expect(asked.outside(url).filter((at) => !at.startsWith(`${url}?utm=1`))).toEqual([]);
      expect(asked.of(/encode|turbopack-worker/), 'frames are encoded in a worker').not.toEqual([]);
      const cdp = await lens.context.newCDPSession(lens.page);
      const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
      expect(
        installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'),
      ).toEqual([]);
      const { manifest } = await cdp.send('Page.getAppManifest');
      expect(manifest).toMatchObject({ id: `${url}/`, startUrl: `${url}/`, scope: `${url}/` });
      const icons = await lens.page.evaluate(async () => {
        const links = [
          ...document.querySelectorAll<HTMLLinkElement>('link[rel~="icon"], link[rel="apple-touch-icon"]'),
        ];
        const { icons } = await (await fetch('manifest.webmanifest')).json();
        const urls = [...links.map(({ href }) => href), ...icons.map(({ src }: { src: string }) => src)];
        return Promise.all(urls.map(async (at) => (await fetch(at)).status));
      });
      expect(icons).toEqual([200, 200, 200, 200, 200]);
    });

    if (way.hasDevice) {
      test('the device names it, and again when it is opened without the server', async ({ open }) => {
        const lens = await open({
          ...KEEPING,
          url: 'about:blank',
          place: 'device',
          expectedErrors: SERVER_IS_AWAY,
        });
        const asked = watchRequests(lens.page);
        await lens.page.goto(`${url}/`);
        await cameraStarts(lens);
        await expect(lens.boxes('cat')).toHaveCount(1, { timeout: 60_000 });
        await becomesReady(lens);
        expect(asked.failed).toEqual([]);
        expect(asked.outside(url)).toEqual([]);
        await expect
          .poll(() => lens.page.evaluate(storedNames))
          .toEqual(['/lens/livelens-models', '/lens/livelens-runtime', `serwist-precache-v2-${url}/`]);
        // Its larger file comes last.
        await expect.poll(() => lens.page.evaluate(keptOfRuntime)).toMatch(/litert_\w+\.wasm/);
        // As after a short visit, in which not all goldens ran: the next one begins with the other runtime, which was never fetched.
        await lens.page.evaluate(forgetProofs);
        await proxy?.close();
        await server.close();

        await reopen(lens, `${url}/?from=home`);
        await cameraStarts(lens);
        await expect(lens.boxes('cat')).toHaveCount(1);
        expect(await lens.page.evaluate(() => crossOriginIsolated)).toBe(true);
      });
    }
  });
}

test.describe('behind nginx', () => {
  const why = whyNoProxy('nginx', process.env);
  test.skip(why !== undefined, why);

  test('shown at a path without a slash, the page goes to the one with it', async ({
    closing,
    open,
    server,
  }) => {
    const { port } = server;
    const proxy = await closing(
      nginx(port, 'localhost:3000/;', `location = /lens { proxy_pass http://127.0.0.1:${port}/; }`),
    );
    const lens = await open({ url: 'about:blank', expectedErrors: /404/ });
    await lens.page.goto(`${proxy.url}/lens?a=b#c=d`);
    await lens.page.waitForURL(`${proxy.url}/lens/?a=b#c=d`);
    await expect(lens.main).toHaveAttribute('data-state', 'live');
  });

  test('another site at the root answers for its scripts: it goes there too', async ({
    closing,
    open,
    server,
  }) => {
    const { port } = server;
    const proxy = await closing(
      nginx(
        port,
        'localhost:3000/;',
        `location = /lens { proxy_pass http://127.0.0.1:${port}/; }
         location / { default_type text/html; return 200 "<!doctype html><title>Another site</title>"; }
        `,
      ),
    );
    const lens = await open({ url: 'about:blank', expectedErrors: /MIME|Unexpected token/ });
    await lens.page.goto(`${proxy.url}/lens`);
    await lens.page.waitForURL(`${proxy.url}/lens/`);
    await expect(lens.main).toHaveAttribute('data-state', 'live');
  });

  test('without a way to its files, the page says what is wrong, and what to set', async ({
    closing,
    open,
    server,
  }) => {
    const { port } = server;
    const proxy = await closing(
      startNginx({
        server: `
          location = /lens { proxy_pass http://127.0.0.1:${port}/; }
          location = /deep/lens/ { proxy_pass http://127.0.0.1:${port}/; }`,
      }),
    );
    const lens = await open({ url: 'about:blank', expectedErrors: /404/ });
    const problem = lens.page.locator('#start-problem');
    await lens.page.goto(`${proxy.url}/lens`);
    await expect(problem).toContainText(`needs a slash at its end: ${proxy.url}/lens/`);
    await expect(problem).toContainText(`This file did not load: ${proxy.url}/_next/static/`);
    await lens.page.goto(`${proxy.url}/deep/lens/`);
    await expect(problem).toContainText('must pass on everything below /deep/lens/');
    await expect(problem).toContainText('start the server with BASE_PATH=/deep/lens');
    await expect(problem).toBeInViewport();
  });

  test('a proxy that keeps a path which the server does not know: the server says what to set', async ({
    closing,
    open,
    server,
  }) => {
    const { port } = server;
    const proxy = await closing(nginx(port, 'localhost:3000;'));
    const lens = await open({ url: 'about:blank', expectedErrors: /404/ });
    await lens.page.goto(`${proxy.url}/lens/`);
    await expect(lens.main).toContainText('BASE_PATH=/lens');
  });

  test('two installations of one origin, and one at its root, share nothing that is stored', async ({
    closing,
    open,
    serve,
    server: a,
  }) => {
    // One server for two of them: what is stored goes by the path.
    const [b, root] = [await serve({ env: { BASE_PATH: '/lens-b' } }), a];
    const proxy = await closing(
      startNginx({
        http: await snippetOf('nginx', 'map ', a.port),
        server: [
          (await snippetOf('nginx', 'localhost:3000/;', a.port)).replace('/lens/', '/lens-a/'),
          (await snippetOf('nginx', 'localhost:3000;', b.port)).replace('/lens/', '/lens-b/'),
          (await snippetOf('nginx', 'localhost:3000/;', root.port)).replace('/lens/', '/'),
        ].join('\n'),
      }),
    );
    const lens = await open({
      ...KEEPING,
      url: 'about:blank',
      place: 'default',
      expectedErrors: SERVER_IS_AWAY,
    });
    const { page } = lens;
    for (const [path, token] of [
      ['/lens-a/', 'token-of-a'],
      ['/lens-b/', 'token-of-b'],
      ['/', 'token-of-root'],
    ]) {
      await page.goto(`${proxy.url}${path}#token=${token}`);
      await cameraStarts(lens);
      await becomesReady(lens);
      if (path === '/lens-b/') await expect(lens.boxes('cat')).toHaveCount(1);
      else
        await expect(page.getByTestId('place')).toHaveAttribute('data-device', 'ready', { timeout: 60_000 });
      // A choice that is stored holds for its installation alone, too: B leaves the device out.
      await page.evaluate(() => localStorage.setItem('/lens-b/livelens.place', 'server'));
    }
    // Whether B looked for models that it keeps depends on how long it was open.
    const names = async () =>
      (await page.evaluate(storedNames)).filter((name) => name !== '/lens-b/livelens-models');
    await expect
      .poll(names)
      .toEqual([
        '/lens-a/livelens-models',
        '/lens-a/livelens-runtime',
        'livelens-models',
        'livelens-runtime',
        `serwist-precache-v2-${proxy.url}/`,
        `serwist-precache-v2-${proxy.url}/lens-a/`,
        `serwist-precache-v2-${proxy.url}/lens-b/`,
      ]);
    const tokens = await page.evaluate(() => Object.fromEntries(Object.entries(sessionStorage)));
    expect(tokens).toMatchObject({
      '/lens-a/livelens.token': 'token-of-a',
      '/lens-b/livelens.token': 'token-of-b',
      'livelens.token': 'token-of-root',
    });
    await proxy.close();
    for (const path of ['/lens-a/', '/lens-b/', '/']) {
      await page.goto(`${proxy.url}${path}`);
      await cameraStarts(lens);
      if (path !== '/lens-b/') await expect(lens.boxes('cat'), path).toHaveCount(1);
      const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
      expect(scope).toBe(`${proxy.url}${path}`);
    }
  });
});

/** Runs in the page. */
const storedNames = async (): Promise<string[]> => (await caches.keys()).sort();

const keptOfRuntime = async (): Promise<string> =>
  (await (await caches.open('/lens/livelens-runtime')).keys()).map(({ url }) => url).join(' ');

function forgetProofs(): void {
  for (const name of Object.keys(localStorage)) {
    if (name.includes('proof.')) localStorage.removeItem(name);
  }
}

/** What the page, its workers and its service worker ask for. */
function watchRequests(page: Page) {
  const urls: string[] = [];
  const failed: string[] = [];
  page.context().on('request', (request) => urls.push(request.url()));
  page.on('websocket', (socket) => urls.push(socket.url()));
  page.context().on('response', (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
  });
  const isOfNetwork = (url: string) => /^(http|ws)/.test(url);
  return {
    failed,
    of: (pattern: RegExp) => urls.filter((url) => pattern.test(url)),
    outside: (server: string) =>
      urls.filter((url) => isOfNetwork(url) && !url.replace(/^ws/, 'http').startsWith(`${server}/`)),
  };
}
