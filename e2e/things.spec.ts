import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { addColourModel, copyShipped } from '../server/testing/modelFixtures.ts';
import { axeViolations } from './harness/axe.ts';
import { cameraStarts, type Lens, type LensOptions } from './harness/lens.ts';
import { rectOf } from './harness/rectOf.ts';
import { ROOT } from './harness/root.ts';
import { test as base, expect } from './harness/test.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const LAPTOP = { viewport: { width: 1280, height: 800 } };

interface ThingsOptions extends Partial<LensOptions> {
  /** Adds models before the server starts. */
  prepare?(modelsDir: string): Promise<void>;
}

/** Opens the page on a server where nothing is taught yet, with the right to teach. */
const test = base.extend<{ openThings(options?: ThingsOptions): Promise<Lens> }>({
  openThings: async ({ open, serve }, use) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
    for (const id of ['coco-ssd', 'things'])
      await copyShipped(path.join(dir, id), path.join(ROOT, 'models', id));
    await use(async ({ prepare, ...options } = {}) => {
      await prepare?.(dir);
      const server = await serve({ env: { MODELS_DIR: dir } });
      const lens = await open({
        url: server.url,
        camera: 'cat-still',
        fragment: `#${await server.adminFragment()}`,
        context: LAPTOP,
        // A server that is busy is asked again; one refuses a name.
        expectedErrors: /503 \(Service Unavailable\)|400 \(Bad Request\)/,
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
/** Where the ring is drawn. */
async function squareOf(lens: Lens) {
  const box = await ring(lens).locator('> div').boundingBox();
  if (box === null) throw new Error('There is no ring.');
  return box;
}
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
  // The link that gave the right to teach brought it.
  await expect(lens.page.getByText('This browser may change models')).toHaveCount(0);
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

test('all five modes are in sight at every width, in both languages; in a row that is scrolled, arrows say that there is more', async ({
  openThings,
}) => {
  for (const locale of ['en', 'zh-CN']) {
    const lens = await openThings({
      prepare: (dir) => copyShipped(path.join(dir, 'text'), path.join(ROOT, 'models', 'text')),
      context: { ...LAPTOP, locale },
      fragment: '',
    });
    const { page } = lens;
    const row = page.getByTestId('models');
    await expect(row.getByRole('radio')).toHaveCount(5);
    const hidden = () =>
      row.evaluate((element) => {
        const { left, right } = element.getBoundingClientRect();
        return [...element.querySelectorAll('label')]
          .filter(
            (pill) => pill.getBoundingClientRect().left < left || pill.getBoundingClientRect().right > right,
          )
          .map((pill) => pill.textContent);
      });
    for (const width of [360, 390, 640, 768, 900, 1024, 1280, 1440, 1600, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      await expect.poll(hidden, `${locale}, ${width} px`).toEqual([]);
    }
    if (locale === 'en') {
      // Narrower than any phone, as with large text: the last one is out of sight, and comes with the arrow keys.
      await page.setViewportSize({ width: 260, height: 800 });
      const frame = row.locator('..');
      await expect(frame).toHaveAttribute('data-end');
      await row.getByRole('radio').first().focus();
      for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight');
      await expect(row.getByRole('radio').last()).toBeChecked();
      await expect(frame).not.toHaveAttribute('data-end');
      await expect(frame).toHaveAttribute('data-start');
    }
    await lens.context.close();
  }
});

test('a wrong name is corrected on the live picture: the sample that it came from goes with the right thing', async ({
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
  await expect(panel(lens).getByTestId('thing')).toHaveText([/Cat.*2 samples/s]);
  await panel(lens).getByRole('button', { name: 'Undo' }).click();
  await expect(panel(lens).getByTestId('thing')).toHaveText([/Dog.*1 sample/s]);
});

test('a cup in the ring: its whole box has the name, and a magnified still has a ring of its own size', async ({
  openThings,
}) => {
  const lens = await openThings({ camera: 'cup-still', context: PHONE });
  const { page } = lens;
  await enter(lens);
  await expect(lens.boxes('unknown')).not.toHaveCount(0);
  const around = await squareOf(lens);
  await bar(lens).getByRole('textbox', { name: 'Name' }).fill('Mug');
  await hold(lens).click();
  await expect(bar(lens).getByTestId('samples')).toHaveText(/^1/);
  await expect(lens.boxes('Mug')).toHaveCount(1);
  // The cup begins above what is in the ring.
  await expect
    .poll(async () => (await rectOf(lens.boxes('Mug'))).y)
    .toBeLessThan(around.y - around.height * 0.1);
  // Without a height it would hold for anything.
  expect(around.height).toBeGreaterThan(100);
  await shot(lens, 'phone-mug');
  await bar(lens).getByRole('button', { name: 'Done' }).click();

  await page.getByRole('button', { name: 'Freeze', exact: true }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await page.getByRole('button', { name: 'Zoom', exact: true }).click();
  await page.getByRole('button', { name: 'Teach a thing' }).click();
  await expect.poll(async () => (await squareOf(lens)).width).toBeGreaterThan(200);
  await shot(lens, 'phone-magnified');
});

test('a collection of this browser leaves as a file, is deleted and comes back, is imported, and moves to the server', async ({
  openThings,
}, testInfo) => {
  const lens = await openThings({ context: PHONE });
  const { page } = lens;
  await enter(lens);
  await bar(lens).getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: /^My things/ }).click();
  const sheet = panel(lens);
  await sheet.getByRole('button', { name: 'New collection' }).click();
  await sheet.getByRole('textbox', { name: 'Name of the collection' }).fill('Garden');
  await sheet.getByRole('radio', { name: /Only in this browser/ }).check();
  await sheet.getByRole('button', { name: 'Create' }).click();
  await expect(sheet.getByRole('combobox')).toHaveValue('@garden');
  const photos = testInfo.outputPath('set');
  for (const name of ['cat', 'cup'])
    await sharp(path.join(ROOT, `e2e/media/${name}.png`))
      .resize(240, 240)
      .png()
      .toFile(await inFolder(photos, name, '1.png'));
  for (let number = 1; number <= 7; number++)
    await writeFile(await inFolder(photos, 'notes', `${number}.txt`), 'no picture');
  await sheet.getByTestId('folder-input').setInputFiles(photos);
  // The model comes into the browser first.
  await expect(sheet).toContainText('2 pictures added.', { timeout: 120_000 });
  await expect(sheet.getByRole('list', { name: '7 were not added' }).getByRole('listitem')).toHaveCount(7);
  expect(await axeViolations(page)).toEqual([]);
  await shot(lens, 'phone-refused');

  const leave = async (as: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      sheet.getByRole('button', { name: as }).click(),
      // A process of its own makes it, which takes its time.
      as === 'ONNX model' && expect(sheet.getByRole('progressbar')).toBeVisible(),
    ]);
    const file = testInfo.outputPath(download.suggestedFilename());
    await download.saveAs(file);
    return file;
  };
  await sheet.evaluate((root) => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    new MutationObserver(() => {
      for (const { textContent } of root.querySelectorAll('[role="status"]'))
        if (textContent?.startsWith('The file') && !heard.includes(textContent)) heard.push(textContent);
    }).observe(root, { subtree: true, childList: true, characterData: true });
  });
  expect(path.basename(await leave('Pictures'))).toBe('garden-pictures.zip');
  await expect
    .poll(() => page.evaluate(() => Reflect.get(window, 'heard')))
    .toEqual([
      'The file is being made …',
      'The file is being made … 50%',
      'The file is being made … 100%',
      'The file is ready.',
    ]);
  const file = await leave('Collection One file');
  expect(path.basename(file)).toBe('garden.zip');
  await expect(sheet.getByRole('button', { name: 'ONNX model' })).toHaveAttribute('aria-disabled', 'true');
  await expect(sheet).toContainText('Only a server makes it');

  const rows = sheet.getByTestId('thing');
  await sheet.getByRole('button', { name: 'Delete this collection' }).click();
  await expect(sheet).toContainText('Delete “garden” with all its things and pictures from this browser?');
  await sheet.getByRole('button', { name: 'Delete it' }).click();
  await expect(sheet).toContainText('The collection garden is deleted.');
  await expect(sheet.getByRole('combobox')).toHaveValue('my-things');
  await expect(rows).toHaveCount(0);
  await sheet.getByRole('button', { name: 'Undo' }).click();
  await expect(sheet.getByRole('combobox')).toHaveValue('@garden');
  await expect(rows).toHaveCount(2);

  await sheet.getByRole('button', { name: 'Import into this browser' }).click();
  await sheet.getByTestId('collection-input').setInputFiles(file);
  await expect(sheet.getByRole('combobox')).toHaveValue('@garden-2');
  await expect(rows).toHaveText([/cat.*1 sample/s, /cup.*1 sample/s]);

  await sheet.getByRole('button', { name: 'Move it to the server' }).click();
  await expect(sheet).toContainText('are sent to the server');
  await shot(lens, 'phone-share');
  expect(await axeViolations(page)).toEqual([]);
  await sheet.getByRole('button', { name: 'Send and move' }).click();
  await expect(sheet.getByRole('combobox')).toHaveValue('garden-2');
  await expect(sheet).toContainText('Everyone on this server');
  await expect(rows).toHaveText([/cat.*1 sample/s, /cup.*1 sample/s]);

  // From the server and back.
  expect(path.basename(await leave('ONNX model'))).toBe('garden-2-onnx.zip');
  const exported = await leave('Collection One file');
  await sheet.getByRole('button', { name: 'Import a collection' }).click();
  await sheet.getByTestId('collection-input').setInputFiles(exported);
  await expect(sheet.getByRole('combobox')).toHaveValue(/^garden-2-/);
  await expect(rows).toHaveCount(2);
  await sheet.getByRole('button', { name: 'Delete this collection' }).click();
  await shot(lens, 'phone-delete');
  await sheet.getByRole('button', { name: 'Delete it' }).click();
  await expect(sheet.getByRole('combobox')).not.toHaveValue(/^garden-2-/);
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
  const folder = await catsAndCups(testInfo.outputPath('set'));
  await writeFile(await inFolder(folder, 'cup', 'notes.txt'), 'no picture');
  await panel(lens).getByTestId('folder-input').setInputFiles(folder);
  // Each goes through the workers, which a busy machine keeps waiting.
  await expect(panel(lens)).toContainText('6 pictures added.', { timeout: 150_000 });
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

  // The focus goes into a form that opens, Escape leaves it and not the sheet, and what opened it has the focus again.
  const sheet = panel(lens);
  const forms = [
    ['Rename cup', cup.getByRole('form', { name: 'Rename cup' }).getByRole('textbox')],
    ['New collection …', sheet.getByRole('form', { name: 'New collection …' }).getByRole('textbox')],
    ['Delete this collection', sheet.getByRole('button', { name: 'Keep', exact: true })],
  ] as const;
  for (const [name, first] of forms) {
    const opener = sheet.getByRole('button', { name });
    await opener.focus();
    await page.keyboard.press('Enter');
    await expect(first).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(opener).toBeFocused();
    await expect(sheet).toBeVisible();
  }

  await cup.getByRole('button', { name: 'Rename cup' }).click();
  await cup.getByRole('textbox', { name: 'New name' }).fill('cup of coffee');
  await page.keyboard.press('Enter');
  await expect(cup.getByRole('button', { name: 'Rename cup of coffee' })).toBeFocused();
  await page.keyboard.press('Enter');
  await cup.getByRole('textbox', { name: 'New name' }).fill('Unknown');
  await page.keyboard.press('Enter');
  await expect(panel(lens)).toContainText('Give it another name.');

  await cup.getByRole('button', { name: 'Rename cup of coffee' }).click();
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
  await panel(lens).getByRole('button', { name: 'Teach a thing' }).click();
  await expect(bar(lens).getByRole('button', { name: 'None of these' })).toBeInViewport({ ratio: 1 });
  await shot(lens, 'phone-names');
});

test('another model compares the pictures: all are tried on the samples, by keyboard, and one is chosen', async ({
  openThings,
}, testInfo) => {
  const lens = await openThings({
    prepare: (modelsDir) => addColourModel(modelsDir, 'image-embedding', { fit: 'stretch' }),
  });
  const { page } = lens;
  await enter(lens);
  await expect(bar(lens)).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^My things/ }).click();
  const part = panel(lens).getByTestId('embedder');
  await expect(part).toContainText('My things: in use.');
  const compare = part.getByRole('button', { name: 'Compare on my samples' });
  await compare.focus();
  await page.keyboard.press('Enter');
  await expect(part.getByRole('alert')).toContainText('Too few samples to compare models by');
  // It was gone while it was tried.
  await expect(compare).toBeFocused();

  await panel(lens)
    .getByTestId('folder-input')
    .setInputFiles(await catsAndCups(testInfo.outputPath('set')));
  await expect(panel(lens)).toContainText('6 pictures added.', { timeout: 150_000 });
  await compare.focus();
  await page.keyboard.press('Enter');
  await expect(part).toContainText('Tried on 6 of your samples', { timeout: 60_000 });
  await expect(part.getByRole('alert')).toHaveCount(0);
  await expect(part.getByRole('listitem')).toHaveText([/^My things recognises \d/, /^Colours .*\d/]);
  await expect(compare).toBeFocused();
  expect(await axeViolations(page)).toEqual([]);
  await shot(lens, 'laptop-embedder');

  await part.getByRole('button', { name: 'Use Colours' }).focus();
  await page.keyboard.press('Enter');
  await expect(part).toContainText('Colours: in use.', { timeout: 60_000 });
  await expect(part).toContainText('It does so on the server only');
  await expect(part.getByRole('button', { name: 'Use My things' })).toBeVisible();
  await expect(compare).toBeFocused();
});

test('a screen reader hears how a comparison begins, each quarter of it and what came of it, and not each number', async ({
  openThings,
}) => {
  const lens = await openThings();
  const { page } = lens;
  const total = 12;
  let done = 0;
  // As a server answers that has another model, and many samples.
  await page.route('**/v1/things/my-things/embedders', (route) => {
    const comparing = done < total ? { done: done++, total } : undefined;
    const embedders = ['My things', 'Colours'].map((name, at) => ({
      ...{ model: at === 0 ? 'things' : 'colours', name, serves: true },
      ...(comparing === undefined && { recognised: 0.5 + at / 4, ...(at > 0 && { verdict: 'better' }) }),
    }));
    const json = { inUse: 'things', embedders, ...(comparing ? { comparing } : { samples: total }) };
    return route.fulfill({ json });
  });
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    new MutationObserver(() => {
      for (const { textContent } of document.querySelectorAll('[data-testid="embedder"] [role="status"]'))
        if (textContent && textContent !== heard.at(-1)) heard.push(textContent);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await enter(lens);
  await page.keyboard.press('Escape');
  const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  await expect
    .poll(heard, { timeout: 60_000 })
    .toEqual([
      ...[0, 3, 6, 9].map((at) => `Comparing: ${at} of ${total} …`),
      'My things recognises 50%. Colours is better: it recognises 75%, 25% more than the one in use.',
    ]);
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

/** Three pictures of a cat and of a cup, in a folder each. */
async function catsAndCups(folder: string): Promise<string> {
  for (const name of ['cat', 'cup'])
    for (const width of [200, 240, 280])
      await sharp(path.join(ROOT, `e2e/media/${name}.png`))
        .resize(width, width)
        .flatten()
        .jpeg()
        .toFile(await inFolder(folder, name, `${width}.jpg`));
  return folder;
}

async function inFolder(folder: string, name: string, file: string): Promise<string> {
  await mkdir(path.join(folder, name), { recursive: true });
  return path.join(folder, name, file);
}
