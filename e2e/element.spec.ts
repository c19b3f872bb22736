import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { axeViolations } from './harness/axe.ts';
import { elementPage, openSite, type SiteFiles } from './harness/openSite.ts';
import { expect, test } from './harness/test.ts';

test('examples/element.html: one script tag shows the camera with names, in a page with a strict policy', async ({
  browsers,
  serve,
}) => {
  const files: SiteFiles = {};
  const site = await openSite(files);
  const server = await serve({ env: { ALLOWED_ORIGINS: site.origin, TOKEN: 'a token of clients' } });
  files['/'] = elementPage(await readFile('examples/element.html', 'utf8'), server.url);
  const { browser } = await browsers.get({ camera: 'cat-still', answer: 'allow', flags: [] });
  const page = await browser.newPage({ viewport: { width: 700, height: 560 } });
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(site.origin);
  const lens = page.locator('live-lens');

  // Without a token: the server says why, in words, and the keyboard goes on at the button.
  await page.keyboard.press('Tab');
  await expect(lens.getByRole('button', { name: 'Start the camera' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(lens.getByRole('status')).toHaveText('The server asks for a token.');
  await expect(lens.getByRole('button', { name: 'Try again' })).toBeFocused();

  const events = page.evaluate(
    () =>
      new Promise<{ label: string; status: string }>((resolve) => {
        const element = document.querySelector('live-lens');
        const seen: string[] = [];
        element?.addEventListener('status', (event) => seen.push((event as CustomEvent<string>).detail));
        element?.addEventListener('labels', (event) => {
          const [first] = (event as CustomEvent<{ labels: { label: string }[] }>).detail.labels;
          if (first) resolve({ label: first.label, status: seen.join(' ') });
        });
      }),
  );
  await lens.evaluate((element) => element.setAttribute('token', 'a token of clients'));
  await page.keyboard.press('Enter');
  expect(await events).toEqual({ label: 'cat', status: 'starting connecting live' });
  // Boxes and names are for the eyes; a screen reader is told in words.
  const name = lens.locator('[part~="name"]', { hasText: 'cat' });
  await expect(name).toBeVisible();
  await expect(lens.locator('[aria-live]')).toHaveText('cat');
  const [box, picture] = [await lens.locator('[part="box"]').boundingBox(), await lens.boundingBox()];
  expect(box && picture && box.x >= picture.x - 5 && box.width > 100).toBe(true);
  expect(await axeViolations(page)).toEqual([]);

  await lens.evaluate((element) => element.setAttribute('lang', 'zh-CN'));
  await lens.getByRole('button', { name: '停止' }).click();
  await expect(lens.getByRole('button', { name: '打开摄像头' })).toBeVisible();
  await expect(name).toHaveCount(0);
  const isReleased = await lens.evaluate(
    (element) => element.shadowRoot?.querySelector('video')?.srcObject === null,
  );
  expect(isReleased).toBe(true);
  expect(problems).toEqual([]);
  await page.close();
  site.close();
});

test('examples/react.tsx: useLens in strict mode starts once, names what it sees, and lets go', async ({
  browsers,
  serve,
}) => {
  const { outputFiles } = await build({
    entryPoints: ['examples/react.tsx'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const html = await readFile('examples/react.html', 'utf8');
  const site = await openSite({
    '/react.html': { type: 'text/html', body: html },
    '/react.js': { type: 'text/javascript', body: outputFiles[0]?.text ?? '' },
  });
  const server = await serve({ env: { ALLOWED_ORIGINS: site.origin } });
  const { browser } = await browsers.get({ camera: 'cat-still', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  const tracks = () =>
    page.evaluate(() => {
      const stream = document.querySelector('video')?.srcObject;
      return stream instanceof MediaStream ? stream.getTracks().length : 0;
    });
  await page.goto(`${site.origin}/react.html#${server.url}`);
  await expect(page.getByRole('status')).toHaveText('off:');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByRole('status')).toHaveText('live: cat');
  await expect(page.locator('svg text')).toHaveText('cat');
  expect([await tracks(), sockets.length]).toEqual([1, 1]);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByRole('status')).toHaveText('off:');
  expect(await tracks()).toBe(0);

  // The server refuses this page now: no one has to guess why.
  await page.goto(`${site.origin}/react.html?again#http://127.0.0.1:9`);
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByRole('status')).toHaveText('reconnecting:');
  await page.close();
  site.close();
});
