import { readFile } from 'node:fs/promises';
import bwip from 'bwip-js/node';
import { photoPath } from './footage/footage.ts';
import { axeViolations } from './harness/axe.ts';
import { coverCamera } from './harness/coverCamera.ts';
import { becomesReady, KEEPING, reopen } from './harness/keptPage.ts';
import { cameraStarts, type Lens } from './harness/lens.ts';
import { expect, test } from './harness/test.ts';

/** The reader is loaded first. */
const SLOW = { timeout: 60_000 };

const button = ({ page }: Lens, name: RegExp) =>
  page.getByTestId('found-codes').getByRole('button', { name });

async function opens(lens: Lens, name: RegExp) {
  await button(lens, name).click(SLOW);
  const sheet = lens.page.getByTestId('action-sheet');
  await expect(sheet).toBeVisible();
  return sheet;
}

for (const place of ['server', 'device'] as const) {
  test(`codes in front of the camera are framed and can be acted on, with labels from the ${place}`, async ({
    open,
  }) => {
    const lens = await open({
      camera: 'codes-still',
      place,
      context: { permissions: ['clipboard-read', 'clipboard-write', 'camera'] },
    });
    const { page } = lens;
    const outside: string[] = [];
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== '127.0.0.1' && hostname !== 'localhost')
        outside.push(request.url());
    });
    await expect(button(lens, /^example\.com\S* QR Code$/)).toBeVisible(SLOW);
    await expect(page.locator('[data-testid="label-quad"][data-kind="code"]')).not.toHaveCount(0);

    const sheet = await opens(lens, /example\.com/);
    const link = sheet.getByRole('link', { name: /Open example\.com/ });
    await expect(link).toHaveAttribute('href', 'https://example.com/menu?table=7');
    await expect(link).toHaveAttribute('rel', /noopener/);
    await sheet.getByRole('button', { name: 'Copy' }).click();
    await expect(sheet.getByText('Copied')).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      'https://example.com/menu?table=7',
    );
    expect(await axeViolations(page)).toEqual([]);
    expect(outside).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
    expect(await lens.problems()).toEqual([]);
  });
}

test('several codes are framed at once, and bars at a tilt have an outline that follows it', async ({
  open,
}) => {
  const lens = await open({ camera: 'codes-still' });
  const { page } = lens;
  await expect(button(lens, /4006381333931 EAN-13/)).toBeVisible(SLOW);
  await expect(page.locator('[data-testid="label-quad"][data-kind="code"]')).toHaveCount(3);
  // Bars at a tilt of 32 degrees have an outline that follows it: no side is level.
  const tilts = await page.locator('[data-testid="label-quad"]').evaluateAll((outlines) =>
    outlines.map((outline) => {
      const [a, b] = (outline.getAttribute('points') ?? '')
        .split(' ')
        .map((point) => point.split(',').map(Number));
      return Math.round(
        (Math.atan2((b?.[1] ?? 0) - (a?.[1] ?? 0), (b?.[0] ?? 0) - (a?.[0] ?? 0)) * 180) / Math.PI,
      );
    }),
  );
  expect(
    tilts.some((tilt) => Math.abs(tilt - 32) <= 3),
    `${tilts}`,
  ).toBe(true);
});

test('a network shows its password only when asked', async ({ open }) => {
  const lens = await open({ camera: 'codes-still' });
  const sheet = await opens(lens, /Garden Cafe/);
  await expect(sheet.getByTestId('wifi-password')).toHaveText('••••••••');
  await expect(sheet, 'nor in what the code says').not.toContainText('sunny-side-up');
  await sheet.getByRole('button', { name: 'Show password' }).press('Enter');
  await expect(sheet.getByTestId('wifi-password')).toHaveText('sunny-side-up');
  expect(await axeViolations(lens.page)).toEqual([]);
});

test('codes are read in every mode, and alone in that of codes', async ({ open }) => {
  const lens = await open({ camera: 'codes-still' });
  const mode = (name: RegExp) => lens.page.getByRole('radio', { name });
  await expect(button(lens, /example\.com/)).toBeVisible(SLOW);
  await expect(mode(/^Objects/)).toBeChecked();
  const confidence = lens.page.getByRole('slider', { name: 'Confidence' });
  await expect(confidence).toBeVisible();
  await mode(/^Codes/).check();
  await expect(confidence, 'a code is read or not').toHaveCount(0);
  await expect(lens.page.locator('[data-testid="label-box"]:not([data-quad])')).toHaveCount(0);
  await expect(button(lens, /example\.com/)).toBeVisible();
});

test('in the mode of codes the page says that this device reads them, how often and how fast', async ({
  open,
}) => {
  const lens = await open({ camera: 'codes-still' });
  const { page } = lens;
  await expect(button(lens, /example\.com/)).toBeVisible(SLOW);
  const [readout, badge] = [page.getByTestId('readout'), page.getByTestId('place')];
  await expect(badge).toContainText('Server');
  await page.getByRole('radio', { name: /^Codes/ }).check();
  await expect(badge).toContainText('This device');
  await expect.poll(async () => Number(await readout.getAttribute('data-rate'))).toBeGreaterThan(0.5);
  expect(Number(await readout.getAttribute('data-age-ms'))).toBeGreaterThan(0);
  await readout.click();
  const panel = page.getByTestId('stream-panel');
  await expect(panel).toContainText('Codes are read on this device');
  await expect(panel).not.toContainText('Network');
  expect(await axeViolations(page)).toEqual([]);
  await badge.click();
  await expect(page.getByTestId('place-panel')).toContainText('Codes are read on this device');
  await expect(page.getByTestId('place-panel')).not.toContainText('No labels are coming');
});

test('the focus stays in the page when a code leaves that had it, or whose sheet is open', async ({
  open,
}) => {
  const lens = await open({ camera: 'codes-still' });
  const { page } = lens;
  await button(lens, /example\.com/).press('Enter', SLOW);
  const sheet = page.getByTestId('action-sheet');
  await expect(sheet).toBeVisible();
  const hasFocus = () => page.evaluate(() => document.activeElement?.hasAttribute('data-things'));
  await coverCamera(lens, true);
  await expect(page.getByTestId('found-codes')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  expect(await hasFocus()).toBe(true);

  await coverCamera(lens, false);
  await expect(button(lens, /Garden Cafe/)).toBeVisible(SLOW);
  await button(lens, /Garden Cafe/).focus();
  await coverCamera(lens, true);
  await expect(page.getByTestId('found-codes')).toHaveCount(0);
  expect(await hasFocus()).toBe(true);
});

test('codes of a picture are read on this device, also where no server answers', async ({ open }) => {
  const lens = await open({ camera: 'none', expectedErrors: /WebSocket|ERR_|Failed to/ });
  await lens.page.route('**/v1/**', (route) => route.abort());
  await lens.page.getByTestId('picture-input').setInputFiles(photoPath('codes'));
  await expect(button(lens, /example\.com/)).toBeVisible(SLOW);
  await expect(lens.page.locator('[data-testid="label-quad"]')).toHaveCount(3);
});

test('a contact in a code is saved as a file', async ({ open }) => {
  const lens = await open({ camera: 'none' });
  const buffer = await bwip.toBuffer({
    bcid: 'qrcode',
    text: 'MECARD:N:Doe,Jane;TEL:+4930123456;;',
    scale: 8,
    padding: 16,
    backgroundcolor: 'ffffff',
  });
  await lens.page
    .getByTestId('picture-input')
    .setInputFiles({ name: 'contact.png', mimeType: 'image/png', buffer });
  const sheet = await opens(lens, /Doe/);
  const download = lens.page.waitForEvent('download');
  await sheet.getByRole('button', { name: 'Save Jane Doe as a contact' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('Jane Doe.vcf');
  expect(await readFile(await file.path(), 'utf8')).toMatch(/^BEGIN:VCARD\r\n[\s\S]*TEL:\+4930123456\r\n/);
});

test('below a path, with the server gone, the page that was kept reads codes', async ({ open, serve }) => {
  const server = await serve({ env: { WORKERS: '1', BASE_PATH: '/lens' } });
  const lens = await open({
    ...KEEPING,
    url: server.url,
    camera: 'codes-still',
    expectedErrors: /WebSocket|ERR_|Failed to fetch/,
  });
  await cameraStarts(lens);
  await becomesReady(lens);
  await server.close();
  await reopen(lens, `${server.url}/`);
  await expect(button(lens, /example\.com/)).toBeVisible(SLOW);
});
