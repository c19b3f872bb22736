import path from 'node:path';
import type { Locator, Page } from 'playwright';
import { seeded } from '../bench/codes/generatedCodes.ts';
import { drawSigns } from '../bench/text/generatedSigns.ts';
import { editDistance } from '../vision/text/editDistance.ts';
import { axeViolations } from './harness/axe.ts';
import { coverCamera } from './harness/coverCamera.ts';
import { cameraStarts } from './harness/lens.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';

const LINES = ['Station Road 12', 'Open daily from 9 to 17', 'Total 31.87 EUR', '69', 'Bicycle parking'];
/** The model may have to be loaded first. */
const READ = { timeout: 60_000 };

for (const place of ['server', 'device'] as const) {
  test(`a picture of a sign is read on the ${place}: a line that is tapped is copied, and all lines in their order`, async ({
    open,
  }) => {
    const lens = await open({
      camera: 'none',
      place,
      context: { permissions: ['clipboard-read', 'clipboard-write'] },
    });
    const { page } = lens;
    const { bar, clipboard } = await readSign(page);

    await bar.getByRole('button', { name: 'Copy all' }).click();
    await expect.poll(clipboard).toBe(LINES.join('\n'));

    const line = page.getByRole('button', { name: 'Station Road 12' });
    const box = await line.boundingBox();
    if (box === null) throw new Error('The line is not shown.');
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    const sheet = page.getByTestId('action-sheet');
    await sheet.getByRole('button', { name: 'Copy' }).click();
    await expect.poll(clipboard).toBe('Station Road 12');
    expect(await axeViolations(page)).toEqual([]);

    await page.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
    await line.press('Enter');
    await expect(sheet).toBeVisible();
  });
}

test('lines of a picture that there was no time to read are told, and a press asks for them', async ({
  open,
}) => {
  const { page } = await open({ camera: 'none' });
  let answers = 0;
  // Once, as a server answers that others keep busy.
  await page.route('**/v1/predict?model=text*', async (route) => {
    const response = await route.fetch();
    const answer = answers === 0 ? { unread: 2 } : undefined;
    await route.fulfill({ response, json: { ...(await response.json()), answer } });
    answers += 1;
  });
  await readSign(page);
  const told = page.getByRole('status').filter({ hasText: 'Not all text was read' });
  await expect(told).toContainText('There was no time for 2 more lines.');
  await told.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => answers).toBe(2);
  await expect(told).toBeHidden();
  await readsAllLines(page);
});

test('a picture of small and distant signs reads the same on the device, but for one character at most', async ({
  open,
}) => {
  const signs = (await drawSigns(9, seeded(3))).at(-1);
  if (signs === undefined) throw new Error('No signs were drawn.');
  const readOn = async (place: 'server' | 'device') => {
    const { page } = await open({
      camera: 'none',
      place,
      context: { permissions: ['clipboard-read', 'clipboard-write'] },
    });
    const bar = page.getByTestId('text-bar');
    const picture = { name: 'signs.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(signs.image) };
    await page.getByTestId('picture-input').setInputFiles(picture);
    await page.getByTestId('models').getByRole('radio', { name: /^Text/ }).check({ force: true });
    const again = page.getByRole('status').getByRole('button', { name: 'Try again' });
    await expect(async () => {
      // A picture has a few seconds, of which a busy machine needs all for some of its lines.
      if (await again.isVisible()) await again.click();
      await expect(bar).toContainText(`${signs.lines.length} lines`, { timeout: 2_000 });
    }).toPass({ timeout: 100_000 });
    await bar.getByRole('button', { name: 'Copy all' }).click();
    await expect(bar).toContainText('Text copied');
    const text = await page.evaluate(() => navigator.clipboard.readText());
    await page.close();
    return text;
  };
  const [onServer, onDevice] = [await readOn('server'), await readOn('device')];
  expect(onServer.split('\n')).toHaveLength(signs.lines.length);
  expect(editDistance(onServer, onDevice), `${onServer}\n\n${onDevice}`).toBeLessThanOrEqual(1);
});

test('lines are selected with the mouse, a finger and the keys, and copied in reading order', async ({
  open,
}) => {
  const lens = await open({
    camera: 'none',
    context: { hasTouch: true, permissions: ['clipboard-read', 'clipboard-write'] },
  });
  const { page } = lens;
  const { bar, clipboard } = await readSign(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  const bottomOf = async (element: Locator) => {
    const { y = 0, height = 0 } = (await element.boundingBox()) ?? {};
    return y + height;
  };
  await expect
    .poll(async () => bottomOf(page.getByTestId('picture')), 'the picture ends above the bar')
    .toBeLessThanOrEqual((await bar.boundingBox())?.y ?? 0);
  const line = (name: string) => page.getByRole('button', { name, exact: true });
  const middleOf = async (name: string) => {
    const box = await line(name).boundingBox();
    if (box === null) throw new Error(`There is no ${name}.`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const [first = '', second = '', third = ''] = LINES;

  const [from, to] = [await middleOf(third), await middleOf(first)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 6 });
  await page.mouse.up();
  await expect(bar.getByText('3 of 5 lines selected').first()).toBeVisible();
  await expect(bar.getByRole('status').filter({ hasText: '3 of 5 lines selected' })).toHaveCount(1);
  await expect(page.locator('[data-testid="label-quad"][data-selected]')).toHaveCount(3);
  await expect(line(second)).toHaveAccessibleDescription('selected');
  await bar.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect.poll(clipboard).toBe([first, second, third].join('\n'));
  expect(await axeViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(bar).not.toContainText('selected');
  await expect(page.getByTestId('action-sheet'), 'drawing is no tap').toBeHidden();

  // A finger, on the magnified picture too, which it would move elsewhere.
  await page.keyboard.press('z');
  const touch = await page.context().newCDPSession(page);
  const at = async (name: string) => [await middleOf(name)];
  const before = await middleOf(second);
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: await at(second) });
  for (const name of [second, third]) {
    const [{ x, y } = { x: 0, y: 0 }] = await at(name);
    for (const part of [-8, 0])
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x, y: y + part }] });
  }
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await expect(bar.getByText('2 of 5 lines selected').first()).toBeVisible();
  expect(await middleOf(second), 'the picture stays where it is').toEqual(before);
  await page.keyboard.press('z');
  await page.keyboard.press('ControlOrMeta+c');
  await expect.poll(clipboard).toBe([second, third].join('\n'));
  await bar.getByRole('button', { name: 'Clear the selection' }).click();
  await expect(bar).toContainText('5 lines');

  await line(third).focus();
  await page.keyboard.press('Shift+ArrowUp');
  await expect(line(second)).toBeFocused();
  await page.keyboard.press('Shift+ArrowUp');
  await expect(line(first)).toBeFocused();
  await expect(bar.getByText('3 of 5 lines selected').first()).toBeVisible();
  await page.keyboard.press('Shift+ArrowDown');
  await bar.getByRole('button', { name: 'Copy', exact: true }).press('Enter');
  await expect.poll(clipboard).toBe([second, third].join('\n'));
  // The same outcome once more is said once more.
  const said = bar.getByText('Text copied');
  await expect(said).toBeVisible();
  await said.evaluate((element) => {
    const pieces: string[] = [];
    Object.assign(window, { pieces });
    new MutationObserver(() => pieces.push(element.textContent ?? '')).observe(element, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => Reflect.get(window, 'pieces'))).toEqual(['', 'Text copied']);
});

test('a sign that stands still before the camera is read to its end', async ({ open }) => {
  const lens = await open({ camera: 'sign-still' });
  const { page } = lens;
  await cameraStarts(lens);
  await readsAllLines(page);
  for (const line of ['Station Road 12', 'Bicycle parking'])
    await expect(page.getByRole('button', { name: line, exact: true })).toBeVisible();

  // What a person does with the text goes on when it is out of sight.
  const bar = page.getByTestId('text-bar');
  await bar.getByRole('button', { name: 'Search' }).click();
  const search = page.getByTestId('text-search');
  await expect(search).toContainText('Bicycle parking');
  await coverCamera(lens, true);
  await expect(bar).toHaveCount(0);
  await expect(search).toContainText('Bicycle parking');
});

/** A picture of the sign, read to its end. */
async function readSign(page: Page) {
  await page.getByTestId('picture-input').setInputFiles(path.join(ROOT, 'models/text/goldens/sign.png'));
  return {
    bar: await readsAllLines(page),
    clipboard: () => page.evaluate(() => navigator.clipboard.readText()),
  };
}

/** With the text model, what is shown is read to its end. */
async function readsAllLines(page: Page): Promise<Locator> {
  await page.getByTestId('models').getByRole('radio', { name: /^Text/ }).check({ force: true });
  const bar = page.getByTestId('text-bar');
  await expect(bar).toContainText('5 lines', READ);
  return bar;
}
