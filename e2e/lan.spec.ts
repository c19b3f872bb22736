import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Page } from 'playwright';
import { findChromium } from '../scripts/browser.ts';
import { lanAddresses } from '../server/lan/lanAddresses.ts';
import { footageOf } from './footage/footage.ts';
import { axeViolations } from './harness/axe.ts';
import { openLens } from './harness/lens.ts';
import type { Server } from './harness/server.ts';
import { looksRight } from './harness/surroundings.ts';
import { expect, test } from './harness/test.ts';

/** This machine's address on a network: to the server a browser that uses it is another machine, such as a phone. */
const OUTSIDE = lanAddresses(networkInterfaces(), undefined)[0]?.address ?? '';
test.skip(OUTSIDE === '', 'this machine has no address but its own');

const LAN = { HOST: '', LAN: '1', LAN_NAME: '0' };
/** What browsers say of a page by plain http, and of a certificate that they do not trust; a service worker needs one that they do. */
const EXPECTED = /^The Cross-Origin-Opener-Policy header|certificate|ERR_CERT/i;

const hasCertutil = spawnSync('certutil', ['-H']).error === undefined;

interface Phone {
  page: Page;
  errors: string[];
  close(): Promise<void>;
}

/** A browser of its own, with a camera that sees a cat. @param authority a DER certificate that it trusts */
async function openPhone(authority?: Buffer): Promise<Phone> {
  const home = await mkdtemp(path.join(tmpdir(), 'livelens-phone-'));
  if (authority) {
    const store = path.join(home, '.pki', 'nssdb');
    await mkdir(store, { recursive: true });
    const file = path.join(home, 'authority.crt');
    await writeFile(file, authority);
    execFileSync('certutil', ['-d', `sql:${store}`, '-N', '--empty-password']);
    execFileSync('certutil', ['-d', `sql:${store}`, '-A', '-t', 'C,,', '-n', 'livelens', '-i', file]);
  }
  const executablePath = findChromium(process.env);
  if (executablePath === undefined) throw new Error('No Chromium found.');
  const footage = await footageOf('cat-still');
  const browser = await chromium.launch({
    executablePath,
    env: { ...process.env, HOME: home },
    args: [
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${footage.file}`,
    ],
  });
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  // The device would step in where the server refuses.
  await page.addInitScript(() => {
    if (window.origin !== 'null') localStorage.setItem('livelens.place', 'server');
  });
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  return {
    page,
    errors,
    async close() {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** What a phone reads off the QR code. */
async function scan({ port }: Server): Promise<string> {
  const answer = await fetch(`http://localhost:${port}/v1/lan/phone`, { method: 'POST', body: '{}' });
  return (await answer.json()).url;
}

async function authorityOf({ port }: Server): Promise<Buffer> {
  return Buffer.from(await (await fetch(`http://localhost:${port}/v1/lan/authority.crt`)).arrayBuffer());
}

/** The camera starts automatically, as these browsers allow it to every page, and the server names what it shows. */
async function labelsCome(page: Page): Promise<void> {
  await expect(page.locator('[data-testid="label-box"][data-label="cat"]')).toHaveCount(1);
  await expect(page.locator('main')).toHaveAttribute('data-backend', 'server');
}

const SIZES = [
  [320, 640],
  [390, 844],
  [1280, 800],
  [1920, 1080],
] as const;
const SHOTS = process.env.LIVELENS_SHOTS;

/** A page of words at four sizes: nothing that axe finds, and nothing outside the window. */
async function readsWell(page: Page, name: string): Promise<void> {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    if (SHOTS) await page.screenshot({ path: path.join(SHOTS, `${name} ${width}.png`) });
    expect.soft(await axeViolations(page), `${name}, ${width}`).toEqual([]);
    const words = page.locator('main');
    const isScrolled = await words.evaluate((main) => main.scrollWidth > main.clientWidth);
    expect.soft(isScrolled, `${name}, ${width}: scrolls to the side`).toBe(false);
  }
}

/** Goes on in spite of the warning, as the page's pictures show it. */
async function passWarning(page: Page): Promise<void> {
  await page.locator('#details-button').click();
  await page.locator('#proceed-link').click();
}

test('a phone that trusts the authority gets camera and labels without a warning, over plain http too', async ({
  serve,
}) => {
  test.skip(!hasCertutil, 'there is no certutil here (Debian: libnss3-tools)');
  const server = await serve({ env: LAN });
  const phone = await openPhone(await authorityOf(server));
  try {
    const { page } = phone;
    await page.goto(await scan(server));
    await labelsCome(page);
    expect(new URL(page.url()).hash, 'the code is not in the address any more').toBe('');
    expect(await page.evaluate(() => window.isSecureContext)).toBe(true);
    // It keeps its right, and whoever types the address is led on.
    await page.goto(`http://${OUTSIDE}:${server.port}/`);
    await page.waitForURL(`https://${OUTSIDE}:${server.port}/`);
    await labelsCome(page);
    // Browsers say so of every page by plain http.
    expect(phone.errors.filter((error) => !/^The Cross-Origin-Opener-Policy header/.test(error))).toEqual([]);
  } finally {
    await phone.close();
  }
});

test('a phone that does not is warned, goes on, and gets camera, socket and labels', async ({ serve }) => {
  const server = await serve({ env: LAN });
  const phone = await openPhone();
  try {
    const { page } = phone;
    await page.goto(`http://${OUTSIDE}:${server.port}/`);
    await expect(page.getByRole('heading', { name: 'One step to the camera' })).toBeVisible();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Go on to the secure page' }).click();
    await passWarning(page);
    // The camera starts at once: this browser allows it to every page. A stranger, until it scans.
    await expect(page.getByText('This phone is not paired yet')).toBeVisible();
    await page.goto(await scan(server));
    await labelsCome(page);
    await page.reload();
    await labelsCome(page);
    expect(phone.errors.filter((error) => !EXPECTED.test(error))).toEqual([]);
  } finally {
    await phone.close();
  }
});

test('the page on the laptop shows the code, and the next one when a phone has used it', async ({
  browsers,
  serve,
}) => {
  const server = await serve({ env: LAN });
  const lens = await openLens(browsers, { url: server.url });
  const { page } = lens;
  await page.getByRole('button', { name: 'Open on your phone' }).click();
  const panel = page.getByRole('dialog', { name: 'Open on your phone' });
  const code = panel.getByRole('img', { name: /^QR code for https:/ });
  await expect(code).toBeVisible();
  await expect(panel.getByText('iPhone and iPad, in Safari')).toBeVisible();
  await looksRight(lens, 'phone panel');
  const drawn = await code.innerHTML();
  // The page's own code, which it has from the server.
  const shown = page.waitForResponse((response) => response.url().endsWith('/v1/lan/phone'));
  const { code: secret } = await (await shown).json();
  const used = await fetch(`http://localhost:${server.port}/v1/lan/pair`, {
    method: 'POST',
    body: JSON.stringify({ code: secret }),
  });
  expect(used.status).toBe(200);
  await expect(panel.getByText('A phone was paired.')).toBeVisible();
  expect(await code.innerHTML()).not.toBe(drawn);
  expect(await lens.problems()).toEqual([]);
  await lens.context.close();
});

test('a code that was used is refused in words; the page to install the authority shows its fingerprint', async ({
  browsers,
  serve,
}) => {
  const server = await serve({ env: LAN });
  const lens = await openLens(browsers, { url: server.url, fragment: '#pair=used', expectedErrors: /401/ });
  await expect(lens.says(/Scan the new one on the computer/)).toBeVisible();
  await lens.page.goto(`${server.url}/trust`);
  await expect(lens.page.getByTestId('fingerprint')).toHaveText(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  await readsWell(lens.page, 'trust page');
  await lens.page.goto(`${server.url}/phone`);
  await expect(lens.page.getByRole('link', { name: 'Go on to the secure page' })).toBeVisible();
  await readsWell(lens.page, 'phone page');
  await lens.context.close();
});

test('a screen on another computer says what it needs; a code that is scanned into /measure pairs the device', async ({
  serve,
}) => {
  const server = await serve({ env: LAN });
  const other = await openPhone();
  try {
    const { page } = other;
    const secure = `https://${OUTSIDE}:${server.port}`;
    await page.goto(`${secure}/screen`).catch(() => {});
    await passWarning(page);
    await expect(page.getByText('This screen needs a token')).toBeVisible();
    await expect(page.getByText(/SCREEN_TOKEN/)).toBeVisible();
    await readsWell(page, 'screen without a token');

    // As slow as a phone, so that the code comes while the page is starting.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 6 });
    await page.goto(`${secure}/measure?watch`);
    const { hash } = new URL(await scan(server));
    await page.goto(`${secure}/measure?watch${hash}`);
    await expect(page).toHaveURL(`${secure}/measure?watch`);
    const isPaired = () =>
      page.evaluate(() => Object.keys(localStorage).some((name) => /paired/i.test(name)));
    await expect.poll(isPaired).toBe(true);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });

    await page.goto(`${secure}/screen`);
    const join = page.getByTestId('join');
    await expect(join).toContainText('Phones have to be paired first');
    await expect(join.getByRole('img')).toHaveCount(0);
    await readsWell(page, 'screen elsewhere');
    await page.getByRole('link', { name: 'Livelens' }).click();
    await expect(page).toHaveURL(`${secure}/`);
  } finally {
    await other.close();
  }
});

test('with LAN=0 the page offers nothing of this', async ({ browsers, serve }) => {
  const server = await serve({ env: { LAN: '0' } });
  const lens = await openLens(browsers, { url: server.url });
  await expect(lens.boxes('cat')).toHaveCount(1);
  await expect(lens.page.getByRole('button', { name: 'Open on your phone' })).toHaveCount(0);
  await lens.context.close();
});
