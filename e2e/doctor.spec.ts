import type { Page } from 'playwright';
import type { LensOptions } from './harness/lens.ts';
import { looksRight } from './harness/surroundings.ts';
import { expect, test } from './harness/test.ts';

/** Eleven checks, one of which measures the link. */
const RUN = { timeout: 60_000 };

/** The page that checks, instead of the main one. */
const DOCTOR = { fragment: 'doctor' } satisfies Partial<LensOptions>;

const finding = (page: Page, id: string) => page.locator(`[data-check="${id}"]`);

async function isDone(page: Page, state: string): Promise<void> {
  await expect(page.locator('main')).toHaveAttribute('data-state', state, RUN);
}

test('a device on which all works: each check comes to its good end, and the report is in the clipboard', async ({
  open,
}) => {
  const lens = await open({
    ...DOCTOR,
    camera: 'cat-pan',
    context: { permissions: ['clipboard-read', 'clipboard-write', 'camera'] },
  });
  const { page } = lens;
  await expect(page.getByRole('progressbar')).toBeVisible();
  await isDone(page, 'works');
  const expected = {
    secure: 'secure',
    workers: 'workersRun',
    pixels: 'pixelsTrue',
    encoding: 'encodes',
    camera: 'cameraWorks',
    server: 'serverWorks',
    roundTrip: 'tripShort',
    bandwidth: 'linkFast',
    wasm: 'wasmThreads',
    storage: 'storageMayGo',
  };
  for (const [id, code] of Object.entries(expected)) {
    await expect.soft(finding(page, id), id).toHaveAttribute('data-finding', code);
  }
  await expect(finding(page, 'camera')).toContainText('size 640x480');
  await expect(page.getByText('This device is ready')).toBeVisible();
  await looksRight(lens, 'doctor, ready');

  await page.getByRole('button', { name: 'Copy as text' }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const report = await page.evaluate(() => navigator.clipboard.readText());
  expect(report).toMatch(/^Livelens device check: works\n/);
  expect(report).toContain('[good] camera: cameraWorks');
  expect(report).not.toContain(new URL(page.url()).host);
});

test('the camera is asked for only when a person presses; a blocked one says where to allow it', async ({
  open,
}) => {
  const lens = await open({ ...DOCTOR, answer: 'deny' });
  const { page } = lens;
  await isDone(page, 'unknown');
  await expect(finding(page, 'camera')).toHaveAttribute('data-finding', 'cameraNotAsked');
  await page.getByRole('button', { name: 'Check the camera' }).click();
  await isDone(page, 'blocked');
  await expect(finding(page, 'camera')).toHaveAttribute('data-finding', 'cameraDenied');
  await expect(finding(page, 'camera')).toContainText('switch Camera on');
  await looksRight(lens, 'doctor, camera blocked');
});

test('a server that asks for a token, then is gone: said in words, and the rest is checked all the same', async ({
  open,
  serve,
}) => {
  const token = 'let me in, please';
  const server = await serve({ env: { TOKEN: token } });
  const lens = await open({
    ...DOCTOR,
    url: server.url,
    camera: 'none',
    expectedErrors: /401|ERR_CONNECTION|Failed to load/,
  });
  const { page } = lens;
  await isDone(page, 'blocked');
  await expect(finding(page, 'server')).toHaveAttribute('data-finding', 'serverNeedsToken');
  await expect(finding(page, 'camera')).toHaveAttribute('data-finding', 'cameraNone');
  await page.goto(`${server.url}/doctor#${new URLSearchParams({ token })}`);
  await page.reload();
  await isDone(page, 'blocked');
  await expect(finding(page, 'server')).toHaveAttribute('data-finding', 'serverWorks');
  await server.close();
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(finding(page, 'server')).toHaveAttribute('data-finding', 'serverUnreachable', RUN);
  await isDone(page, 'blocked');
  await expect(finding(page, 'storage')).toHaveAttribute('data-finding', 'storageMayGo');
});

test('a page over plain http says what it lacks, and its report can be copied by hand', async ({
  open,
  server,
}) => {
  const lens = await open({
    ...DOCTOR,
    // A name that is no loopback address to the browser: the page is not secure.
    url: server.url.replace('127.0.0.1', 'lens.test'),
    flags: ['--host-resolver-rules=MAP lens.test 127.0.0.1'],
    expectedErrors: /Cross-Origin-Opener-Policy/,
  });
  const { page } = lens;
  await isDone(page, 'blocked');
  await expect(finding(page, 'secure')).toHaveAttribute('data-finding', 'insecure');
  await expect(finding(page, 'camera')).toHaveAttribute('data-finding', 'cameraInsecure');
  await expect(finding(page, 'wasm')).toHaveAttribute('data-finding', 'wasmOneThread');
  await expect(finding(page, 'storage')).toHaveAttribute('data-finding', 'storageNone');
  await page.getByRole('button', { name: 'Copy as text' }).click();
  await expect(page.getByRole('textbox')).toHaveValue(/\[bad\] secure: insecure/);
  await looksRight(lens, 'doctor, insecure');
});

test('errors and help of the page lead to the check, and back', async ({ open }) => {
  const lens = await open({ camera: 'none' });
  const { page } = lens;
  await expect(lens.main).toHaveAttribute('data-state', 'no-camera');
  await page.getByRole('link', { name: 'Check this device' }).click();
  await isDone(page, 'blocked');
  await page.getByRole('link', { name: 'Open Livelens' }).click();
  await expect(page.locator('main')).toHaveAttribute('data-state', 'no-camera');
  await page.getByRole('button', { name: 'Help' }).click();
  await expect(page.getByRole('dialog').getByRole('link', { name: 'Check this device' })).toBeVisible();
});
