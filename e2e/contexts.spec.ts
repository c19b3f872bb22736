import type { BrowserContext } from 'playwright';
import { openLens } from './harness/lens.ts';
import { expect, test } from './harness/test.ts';

const GIVEN = { permissions: ['camera', 'clipboard-read'] };

/** Runs in a page: all that an origin can store. */
async function stored() {
  return {
    cookies: document.cookie,
    local: localStorage.length,
    session: sessionStorage.length,
    caches: await caches.keys(),
    databases: (await indexedDB.databases()).map(({ name }) => name),
    camera: (await navigator.permissions.query({ name: 'camera' })).state,
  };
}

test('a test finds nothing of the one before in a context that is used again', async ({
  browsers,
  contexts,
  server,
}) => {
  const { browser } = await browsers.get({ camera: 'cat-still', answer: 'deny', flags: [] });
  const first = await contexts.take(browser);
  const page = await first.newPage();
  await page.goto(`${server.url}/healthz`);
  const before = await page.evaluate(stored);
  await first.grantPermissions(['camera']);
  await first.route('**/healthz', (route) => route.fulfill({ body: 'of the test before' }));
  await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is asynchronous and says no more.
    document.cookie = 'cookie=1';
    localStorage.setItem('local', '1');
    sessionStorage.setItem('session', '1');
    await caches.open('cache');
    await new Promise((resolve, reject) => {
      const opening = indexedDB.open('database');
      opening.onsuccess = resolve;
      opening.onerror = reject;
    });
  });
  expect(await page.evaluate(stored)).toEqual({
    cookies: 'cookie=1',
    local: 1,
    session: 1,
    caches: ['cache'],
    databases: ['database'],
    camera: 'granted',
  });
  await contexts.giveBack(first);

  // Of other options: not the same.
  const phone = await contexts.take(browser, { hasTouch: true });
  expect(phone).not.toBe(first);
  await contexts.giveBack(phone);

  const again = await contexts.take(browser);
  expect(again).toBe(first);
  const next = await again.newPage();
  const response = await next.goto(`${server.url}/healthz`);
  expect(await response?.text()).not.toContain('of the test before');
  expect(await next.evaluate(stored)).toEqual(before);
  await contexts.giveBack(again);
});

test('a context of options of its own has them again, and its permissions too', async ({
  browsers,
  contexts,
  server,
}) => {
  const { browser } = await browsers.get({ camera: 'cat-still', answer: 'deny', flags: [] });
  const states = async (context: BrowserContext) => {
    const page = await context.newPage();
    await page.goto(`${server.url}/healthz`);
    return page.evaluate(async () =>
      Promise.all(
        (['camera', 'clipboard-read'] as const).map(
          async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state,
        ),
      ),
    );
  };
  const first = await contexts.take(browser, GIVEN);
  expect(await states(first)).toEqual(['granted', 'granted']);
  await contexts.giveBack(first);
  const again = await contexts.take(browser, { ...GIVEN });
  expect(again).toBe(first);
  expect(await states(again)).toEqual(['granted', 'granted']);
  await contexts.giveBack(again);
});

test('a person’s refusal does not reach the next test', async ({ browsers, contexts, server }) => {
  for (const _ of ['one that refuses', 'the next']) {
    const options = { url: server.url, camera: 'cat-still', answer: 'deny' } as const;
    const lens = await openLens(browsers, options, contexts);
    const { camera } = await lens.page.evaluate(stored);
    expect(camera, 'nobody was asked yet').toBe('prompt');
    await lens.page.getByRole('button', { name: 'Start camera' }).click();
    await expect(lens.main).toHaveAttribute('data-state', 'denied');
    await contexts.giveBack(lens.context);
  }
});
