import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { axeViolations } from './harness/axe.ts';
import { cameraStarts, type Lens, type LensOptions } from './harness/lens.ts';
import { rectOf } from './harness/rectOf.ts';
import { ROOT } from './harness/root.ts';
import { test as base, expect } from './harness/test.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const LAPTOP = { viewport: { width: 1280, height: 800 } };

/** Opens the page on a server where nothing is taught yet, with the right to teach. */
const test = base.extend<{ openThings(options?: Partial<LensOptions>): Promise<Lens> }>({
  openThings: async ({ open, serve }, use) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
    for (const id of ['coco-ssd', 'things'])
      await cp(path.join(ROOT, 'models', id), path.join(dir, id), { recursive: true });
    await use(async (options = {}) => {
      const server = await serve({ env: { MODELS_DIR: dir } });
      const lens = await open({
        url: server.url,
        camera: 'cat-still',
        fragment: `#${await server.adminFragment()}`,
        context: LAPTOP,
        // A server that is busy is asked again.
        expectedErrors: /503 \(Service Unavailable\)/,
        ...options,
      });
      await cameraStarts(lens);
      return lens;
    });
    await rm(dir, { recursive: true, force: true });
  },
});

const bar = ({ page }: Lens) => page.getByTestId('teach-bar');
const hold = (lens: Lens) => bar(lens).getByRole('button', { name: 'Hold to take samples' });
const ring = ({ page }: Lens) => page.getByTestId('teach-ring');
const panel = ({ page }: Lens) => page.getByTestId('things-panel');
const shot = (lens: Lens, name: string) =>
  process.env.SHOTS ? lens.page.screenshot({ path: path.join(process.env.SHOTS, `${name}.png`) }) : undefined;

/** Chooses the mode; with nothing taught the teaching view is there at once. */
async function enter({ page }: Lens): Promise<void> {
  await page.getByRole('radio', { name: /^My things/ }).click();
}

/** Taps the middle of a box, until that locks on to it. */
async function tapBox(lens: Lens, label: string): Promise<void> {
  await expect(async () => {
    await expect(lens.boxes(label)).toHaveCount(1, { timeout: 5_000 });
    const { x, y, width, height } = await rectOf(lens.boxes(label));
    await lens.page.mouse.click(x + width / 2, y + height * 0.6);
    await expect(lens.boxes(label)).toHaveAttribute('data-locked', '', { timeout: 1_000 });
  }).toPass();
}

/** Holds the button with a finger until there are so many samples. */
async function holdUntil(lens: Lens, samples: number): Promise<void> {
  const box = await hold(lens).boundingBox();
  if (box === null) throw new Error('It is not shown.');
  const point = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const finger = await lens.context.newCDPSession(lens.page);
  await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] });
  await expect
    .poll(async () => Number.parseInt(await bar(lens).getByTestId('samples').innerText(), 10))
    .toBeGreaterThanOrEqual(samples);
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await finger.detach();
}

test('by touch: a box is tapped, named and learned while a finger holds; its name is on the live picture from then on', async ({
  openThings,
}) => {
  const lens = await openThings({ context: PHONE });
  await enter(lens);
  await expect(bar(lens)).toContainText('Nothing is taught yet');
  await expect(ring(lens)).toContainText('Hold a thing up');
  await shot(lens, 'phone-empty');
  const nothing = bar(lens).getByRole('button', { name: 'None of these' });
  await expect(nothing).toBeInViewport({ ratio: 1 });
  expect(await axeViolations(lens.page)).toEqual([]);

  await tapBox(lens, 'unknown');
  await expect(ring(lens)).toHaveCount(0);
  await expect(bar(lens)).toContainText('The thing in the box is learned.');
  await bar(lens).getByRole('textbox', { name: 'Name' }).fill('Tom');
  await expect(bar(lens)).toHaveAccessibleName('Teach “Tom”');
  await holdUntil(lens, 5);
  await expect(lens.says(/\d samples of Tom/)).toBeAttached();
  await shot(lens, 'phone-teaching');
  expect(await axeViolations(lens.page)).toEqual([]);
  await expect(lens.boxes('Tom')).toHaveCount(1);
  await bar(lens).getByRole('button', { name: 'Done' }).click();
  await expect(bar(lens)).toHaveCount(0);
  await expect(lens.page.getByRole('button', { name: /^Tom/ })).toBeVisible();
  await shot(lens, 'phone-taught');

  // A reload forgets nothing, neither the mode nor what was taught.
  await lens.page.reload();
  await cameraStarts(lens);
  await expect(lens.boxes('Tom')).toHaveCount(1);
});

test('by keyboard: what is held up in the ring is learned with Space, and a screen reader says how far it is', async ({
  openThings,
}) => {
  const lens = await openThings();
  const { page } = lens;
  await expect(page.getByRole('radio', { name: /^My things/ })).toBeVisible();
  await page.keyboard.press('3');
  await expect(bar(lens).getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.type('Corner of a cat');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Space');
  await expect(
    page.getByRole('status').filter({ hasText: '1 of 5 samples of Corner of a cat' }),
  ).toBeAttached();
  await page.keyboard.down('Space');
  await expect(
    page.getByRole('status').filter({ hasText: /^[5-9] samples of Corner of a cat/ }),
  ).toBeAttached();
  await page.keyboard.up('Space');
  await shot(lens, 'laptop-ring');
  expect(await axeViolations(page)).toEqual([]);
  // The camera goes on: Space is the page's own again only when teaching is over.
  await expect(lens.main).toHaveAttribute('data-state', 'live');
  await page.keyboard.press('Escape');
  await expect(bar(lens)).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Teach a thing' })).toBeFocused();
});

test('a wrong name is corrected on the live picture: one sample of the right thing', async ({
  openThings,
}) => {
  const lens = await openThings();
  const { page } = lens;
  await enter(lens);
  await tapBox(lens, 'unknown');
  const name = bar(lens).getByRole('textbox', { name: 'Name' });
  await name.fill('Dog');
  await hold(lens).click();
  await expect(bar(lens).getByTestId('samples')).toHaveText(/^1/);
  await bar(lens).getByRole('button', { name: 'Done' }).click();
  // It is still locked, under its new name.
  await page.getByTestId('thing-bar').getByRole('button', { name: 'That’s wrong' }).click();
  await expect(bar(lens)).toHaveAccessibleName('“Dog” is wrong. What is it?');
  await shot(lens, 'laptop-wrong');
  expect(await axeViolations(page)).toEqual([]);
  await bar(lens).getByRole('textbox', { name: 'Name' }).fill('Cat');
  await expect(async () => {
    // A thing that is out of sight for a moment, as on a busy machine, cannot be learned: the view says so, and stays.
    await page.keyboard.press('Enter');
    await expect(bar(lens)).toHaveCount(0, { timeout: 5_000 });
  }).toPass();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^My things/ }).click();
  await expect(panel(lens).getByTestId('thing')).toHaveText([/Dog.*1 sample/s, /Cat.*1 sample/s]);
});

test('all that was taught: pictures of folders, names, samples and things that go, and come back', async ({
  openThings,
}, testInfo) => {
  const lens = await openThings();
  const { page } = lens;
  await enter(lens);
  await expect(bar(lens)).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^My things/ }).click();
  const folder = testInfo.outputPath('set');
  for (const name of ['cat', 'cup'])
    for (const width of [200, 240, 280])
      await sharp(path.join(ROOT, `e2e/media/${name}.png`))
        .resize(width, width)
        .flatten()
        .jpeg()
        .toFile(await inFolder(folder, name, `${width}.jpg`));
  await writeFile(await inFolder(folder, 'cup', 'notes.txt'), 'no picture');
  await panel(lens).getByTestId('folder-input').setInputFiles(folder);
  await expect(panel(lens)).toContainText('6 pictures added.');
  await expect(panel(lens)).toContainText('set/cup/notes.txt');
  await expect(panel(lens)).toContainText('It isn’t a picture');
  const rows = panel(lens).getByTestId('thing');
  await expect(rows).toHaveCount(2);
  const cup = rows.filter({ hasText: 'cup' });
  await cup.getByRole('button', { name: /^cup/ }).click();
  await expect(cup.getByRole('img')).toHaveCount(3);
  await expect
    .poll(() =>
      cup
        .getByRole('img')
        .first()
        .evaluate((image: HTMLImageElement) => image.naturalWidth),
    )
    .toBeGreaterThan(0);
  await shot(lens, 'laptop-panel');
  expect(await axeViolations(page)).toEqual([]);

  await cup.getByRole('button', { name: 'Delete sample 1 of cup' }).click();
  await expect(cup.getByRole('img')).toHaveCount(2);
  await panel(lens).getByRole('button', { name: 'Undo' }).click();
  await expect(cup.getByRole('img')).toHaveCount(3);

  await cup.getByRole('button', { name: 'Rename cup' }).click();
  await cup.getByRole('textbox', { name: 'New name' }).fill('cat');
  await expect(cup).toContainText('“cat” is there already.');
  await shot(lens, 'laptop-merge');
  await cup.getByRole('button', { name: 'Merge' }).click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('6 samples');
  await panel(lens).getByRole('button', { name: 'Undo' }).click();
  await expect(rows).toHaveCount(2);

  const cat = rows.filter({ hasText: 'cat' });
  await cat.getByRole('button', { name: /^cat/ }).click();
  await cat.getByRole('button', { name: 'Delete cat' }).click();
  await expect(rows).toHaveCount(1);
  await expect(panel(lens)).toContainText('cat is deleted.');
  expect(await axeViolations(page)).toEqual([]);
  await panel(lens).getByRole('button', { name: 'Undo' }).click();
  await expect(rows).toHaveCount(2);

  await page.setViewportSize(PHONE.viewport);
  await shot(lens, 'phone-panel');
});

test('without the right to teach the server: learned and recognised in this browser, and nothing is sent', async ({
  openThings,
}) => {
  const lens = await openThings({ fragment: '', place: 'default' });
  const { page } = lens;
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  await enter(lens);
  await bar(lens).getByRole('textbox', { name: 'Name' }).fill('Corner');
  await hold(lens).click();
  // The model comes into the browser first.
  await expect(bar(lens).getByTestId('samples')).toHaveText(/^1/, { timeout: 120_000 });
  await expect(lens.boxes('Corner')).toHaveCount(1);
  await expect(lens.main).toHaveAttribute('data-backend', 'device');
  await page.reload();
  await cameraStarts(lens);
  await expect(lens.boxes('Corner')).toHaveCount(1, { timeout: 120_000 });
  await page.getByRole('button', { name: /^My things/ }).click();
  await expect(panel(lens)).toContainText('Only in this browser');
  await expect(panel(lens).getByRole('button', { name: 'Copy the link' })).toHaveCount(0);
  expect(sent).toEqual([]);
});

async function inFolder(folder: string, name: string, file: string): Promise<string> {
  await mkdir(path.join(folder, name), { recursive: true });
  return path.join(folder, name, file);
}
