import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addColourModel, copyShipped } from '../server/testing/modelFixtures.ts';
import { freePort } from './harness/freePort.ts';
import { cameraStarts, type Lens } from './harness/lens.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';

const panel = ({ page }: Lens) => page.getByRole('dialog', { name: 'Models' });
const card = (lens: Lens, id: string) => panel(lens).locator(`[data-model="${id}"]`);

async function openPanel(lens: Lens): Promise<void> {
  await lens.page.getByRole('button', { name: 'Models' }).click();
  await expect(panel(lens)).toBeVisible();
}

let modelsDir: string;

test.beforeEach(async () => {
  modelsDir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  await copyShipped(path.join(modelsDir, 'coco-ssd'), path.join(ROOT, 'models/coco-ssd'));
  await addColourModel(modelsDir, 'image-classification');
});

test.afterEach(() => rm(modelsDir, { recursive: true, force: true }));

test('the printed link lets this browser change models: once, beyond a reload, and no other', async ({
  open,
  serve,
}) => {
  const server = await serve({ env: { MODELS_DIR: modelsDir } });
  const fragment = `#${await server.adminFragment()}`;
  const lens = await open({ url: server.url, fragment, before: keepNotices });
  await expect(lens.says(/this browser may change models/i)).toBeVisible();
  // What a person opens lies above it, on a phone too, where both begin at the top.
  const { page } = lens;
  await page.setViewportSize({ width: 390, height: 844 });
  await cameraStarts(lens);
  await page.keyboard.press('i');
  await expect(page.getByTestId('stream-panel')).toBeVisible();
  const isAbove = await page.evaluate(() => {
    const panel = document.querySelector('[data-testid="stream-panel"]');
    const notice = [...document.querySelectorAll('[role="alert"] button')]
      .at(-1)
      ?.closest('[role="alert"] > *');
    if (!panel || !notice) return undefined;
    const { left, top, height } = notice.getBoundingClientRect();
    return panel.contains(document.elementFromPoint(left + 20, top + height / 2));
  });
  expect(isAbove, 'undefined: one of both is not there').toBe(true);
  await page.keyboard.press('Escape');
  expect(lens.page.url()).toBe(`${server.url}/`);
  expect(await lens.page.evaluate(() => document.cookie), 'a script can read it').toBe('');
  await lens.page.reload();
  await cameraStarts(lens);
  await openPanel(lens);
  await expect(panel(lens).getByText('Drop a model here')).toBeVisible();
  await card(lens, 'colours').getByRole('button', { name: 'Remove …' }).click();
  await card(lens, 'colours').getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(card(lens, 'colours')).toHaveCount(0);

  // The same link in another browser, and in one that follows it in a page that is open already.
  const second = await open({ url: server.url, fragment, expectedErrors: /403/ });
  await expect(second.says(/used before.*npm run models -- link/)).toBeVisible();
  expect(second.page.url()).toBe(`${server.url}/`);
  await cameraStarts(second);
  await openPanel(second);
  await expect(panel(second).getByText(/may not change models yet.*npm run models -- link/)).toBeVisible();
  await expect(panel(second).getByText('Drop a model here')).toHaveCount(0);
  await expect(card(second, 'coco-ssd').getByRole('button', { name: /Remove/ })).toHaveCount(0);
  await second.page.goto(`${server.url}/#${await server.adminFragment()}`);
  await expect(panel(second).getByText('Drop a model here')).toBeVisible();
});

/** Of the page: no notice goes by itself, however long a busy machine takes. */
function keepNotices(): void {
  const NOTICE_MS = 12_000;
  const { setTimeout: original } = window;
  Reflect.set(window, 'setTimeout', (run: TimerHandler, ms?: number, ...given: unknown[]) =>
    ms === NOTICE_MS ? 0 : original(run, ms, ...given),
  );
}

test('another program of this machine gets the cookie from the browser, and can do nothing with it', async ({
  open,
  serve,
}) => {
  // Even at a server that all pages may use.
  const server = await serve({ env: { MODELS_DIR: modelsDir, ALLOWED_ORIGINS: '*' } });
  let cookie = '';
  const neighbour = createServer((request, response) => {
    cookie = request.headers.cookie ?? cookie;
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Another port</title>');
  }).listen(0, '127.0.0.1');
  await once(neighbour, 'listening');
  const address = neighbour.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const lens = await open({ url: server.url, fragment: `#${await server.adminFragment()}` });
  await expect(lens.says(/this browser may change models/i)).toBeVisible();

  const page = await lens.context.newPage();
  await page.goto(`http://127.0.0.1:${address.port}`);
  expect(cookie).toContain(`livelens-admin-${server.port}=`);
  const change = `${server.url}/v1/models/imports/none`;
  const stolen = await fetch(change, { headers: { Cookie: cookie } });
  expect((await stolen.json()).error.code).toBe('forbidden_admin');
  await page.close();
  neighbour.close();
});

test('a token is typed or pasted where the server asks for one', async ({ open, serve }) => {
  const token = 'let me in, please';
  const server = await serve({ env: { TOKEN: token, MODELS_DIR: modelsDir } });
  const lens = await open({ url: server.url, expectedErrors: /401/ });
  await cameraStarts(lens);
  await expect(lens.says(/asks for a token/)).toBeVisible();
  const field = lens.page.getByLabel('Token', { exact: true });
  await field.fill('not this one');
  await field.press('Enter');
  await expect(lens.says(/token is not valid/)).toBeVisible();
  await expect(field).toBeFocused();
  // Pasted with the link around it.
  await field.fill(`https://lens.example/#${new URLSearchParams({ token })}`);
  await lens.page.getByRole('button', { name: 'Use token' }).click();
  await expect(lens.boxes('cat')).toHaveCount(1);
  await lens.page.reload();
  await expect(lens.boxes('cat')).toHaveCount(1);

  // The link of the terminal carries both.
  const owner = await open({ url: server.url, fragment: `#${await server.adminFragment()}` });
  await cameraStarts(owner);
  await expect(owner.boxes('cat')).toHaveCount(1);
  await openPanel(owner);
  await expect(panel(owner).getByText('Drop a model here')).toBeVisible();
  expect(owner.page.url()).toBe(`${server.url}/`);
});

/** util-linux's: runs a command as on a terminal. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux');

test('on a terminal, the start prints the link, and another one when the server is started again', async ({
  open,
}) => {
  test.skip(!hasScript, 'there is no "script" of util-linux here, which makes a terminal');
  const configDir = await mkdtemp(path.join(tmpdir(), 'livelens-config-'));
  const port = await freePort();
  const start = 'node --import tsx scripts/start.ts';
  const terminal = spawn('script', ['--quiet', '--return', '--command', start, '/dev/null'], {
    cwd: ROOT,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      TOKEN: 'let me in, please',
      LOG_LEVEL: 'info',
      // Else it is written for people there, and the id of the process could not be read.
      LOG_FORMAT: 'json',
      OPEN: '0',
      MODELS_DIR: modelsDir,
      LIVELENS_CONFIG_DIR: configDir,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const links = () => [...said.matchAll(/^ +(http:\/\/\S+#token=let\+me\+in%2C\+please&admin=\S+)/gm)];
  const link = async (index: number): Promise<URL> => {
    await expect.poll(() => links().length).toBeGreaterThan(index);
    return new URL(links()[index]?.[1] ?? '');
  };
  try {
    const first = await link(0);
    // Until the server is back.
    const expectedErrors = /net::ERR_|importScripts/;
    const lens = await open({ url: first.origin, fragment: first.hash, expectedErrors });
    await expect(lens.says(/this browser may change models/i)).toBeVisible();

    const pid = Number(/"pid":(\d+).*"listening"/.exec(said)?.[1]);
    process.kill(pid, 'SIGKILL');
    const second = await link(1);
    expect(second.hash).not.toBe(first.hash);
    await cameraStarts(lens);
    await openPanel(lens);
    await expect(panel(lens).getByText('Drop a model here'), 'the right outlives the server').toBeVisible();
    const code = new URLSearchParams(first.hash.slice(1)).get('admin') ?? '';
    const logged = said.split('\n').filter((line) => line.startsWith('{'));
    expect(logged.length).toBeGreaterThan(2);
    expect(logged.filter((line) => line.includes(code) || line.includes('let me in'))).toEqual([]);
  } finally {
    // The terminal is closed, and all in it ends.
    const closed = once(terminal, 'close');
    terminal.kill();
    await closed;
    await rm(configDir, { recursive: true, force: true });
  }
});

test('without a terminal, the start prints no code and no token', async ({ serve }) => {
  const server = await serve({ supervised: true, env: { TOKEN: 'let me in, please' } });
  const said = await server.output(/livelens is ready/i);
  expect(said).toContain('npm run models -- link');
  expect(said).not.toMatch(/admin=|token=|let me in/);
});
