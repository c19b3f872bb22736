import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright';
import { tinyClassifier } from '../server/models/import/modelsForTests.ts';
import { addColourModel } from '../server/testing/modelFixtures.ts';
import { photoPath } from './footage/footage.ts';
import { axeViolations, contrastFaults } from './harness/axe.ts';
import { layoutFaults } from './harness/layoutFaults.ts';
import { cameraStarts, type Lens } from './harness/lens.ts';
import { openContrast } from './harness/pixels.ts';
import { ROOT } from './harness/root.ts';
import { test as base, expect } from './harness/test.ts';

interface Surroundings {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** The size of text that a person has set in the browser, pixels. Default 16, as browsers come. */
  readonly textPx?: number;
  readonly forcedColors?: 'active';
  readonly reducedMotion?: 'reduce';
}

/** What people look at the page with. */
const SURROUNDINGS: readonly Surroundings[] = [
  { name: 'small phone', width: 320, height: 640 },
  { name: 'phone', width: 390, height: 844 },
  { name: 'phone on its side', width: 844, height: 390 },
  { name: 'laptop', width: 1280, height: 800 },
  { name: 'projector', width: 1920, height: 1080 },
  // 1280 by 1024.
  { name: 'zoomed to 400 %', width: 320, height: 256 },
  { name: 'large text', width: 1280, height: 800, textPx: 32 },
  { name: 'large text, phone', width: 390, height: 844, textPx: 32 },
  { name: 'forced colours', width: 1280, height: 800, forcedColors: 'active' },
  { name: 'forced colours, phone', width: 390, height: 844, forcedColors: 'active' },
  { name: 'reduced motion', width: 390, height: 844, reducedMotion: 'reduce' },
];

/** A folder for pictures of each screen, for a person to look at; none by default. */
const SHOTS = process.env.LIVELENS_SHOTS;

const test = base.extend<{ modelsDir: string }>({
  /** A folder of models that a test may change: two that can be used side by side. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's text to learn what is needed.
  modelsDir: async ({}, use) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
    await cp(path.join(ROOT, 'models'), dir, { recursive: true });
    await addColourModel(dir, 'image-classification');
    await use(dir);
    await rm(dir, { recursive: true, force: true });
  },
});

test.describe.configure({ timeout: 120_000 });

/** An import is checked in a process of its own; a device loads and proves its model. */
const SLOW = { timeout: 60_000 };

async function surround(page: Page, surroundings: Surroundings): Promise<void> {
  const { width, height, textPx = 16, forcedColors, reducedMotion } = surroundings;
  await page.setViewportSize({ width, height });
  await page.emulateMedia({
    forcedColors: forcedColors ?? 'none',
    reducedMotion: reducedMotion ?? 'no-preference',
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Page.setFontSizes', { fontSizes: { standard: textPx, fixed: textPx } });
  // What changed has been laid out, and has arrived where it belongs.
  await page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const ending = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations === 1);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
  await devtools.detach();
}

/** The page as it is, in all surroundings: nothing that axe finds, nothing cut off, covered or out of reach. */
async function looksRight({ page }: Lens, screen: string): Promise<void> {
  for (const surroundings of SURROUNDINGS) {
    await surround(page, surroundings);
    if (SHOTS) await page.screenshot({ path: path.join(SHOTS, `${screen} ${surroundings.name}.png`) });
    const hasOwnColours = surroundings.forcedColors === undefined;
    if (surroundings.reducedMotion) {
      const moving = await page.evaluate(() =>
        document
          .getAnimations()
          .filter(
            ({ playState, effect }) => playState === 'running' && Number(effect?.getTiming().duration) > 1,
          )
          .map((animation) =>
            'animationName' in animation ? String(animation.animationName) : 'a transition',
          ),
      );
      expect.soft(moving, `${screen}: what moves`).toEqual([]);
    }
    const faults = [
      ...(await page.evaluate(layoutFaults)),
      ...(await axeViolations(page, { hasOwnColours })),
    ];
    expect.soft(faults, `${screen}, ${surroundings.name}`).toEqual([]);
  }
  const [first] = SURROUNDINGS;
  if (first) await surround(page, first);
}

/** WCAG 1.4.11: of what tells a control's state. */
const MIN_CONTRAST = 3;

/** The middle of an element, moved by a share of its size. */
async function pointOf(locator: Locator, byX = 0, byY = 0): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('It is not shown.');
  return { x: box.x + box.width * (0.5 + byX), y: box.y + box.height * (0.5 + byY) };
}

const PLACE = 'Where labels come from';

const panel = ({ page }: Lens, name: string) => page.getByRole('dialog', { name });

/** Focus is where `opener` is after Escape closed what it opened. */
async function closesWithEscape(lens: Lens, name: string, opener: string): Promise<void> {
  await lens.page.keyboard.press('Escape');
  await expect(panel(lens, name)).toBeHidden();
  await expect(lens.page.getByRole('button', { name: opener })).toBeFocused();
}

test('first visit, camera blocked', async ({ open }) => {
  const lens = await open({ answer: 'deny' });
  await expect(lens.main).toHaveAttribute('data-state', 'welcome');
  await looksRight(lens, 'welcome');
  await lens.page.getByRole('button', { name: 'Start camera' }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'denied');
  await looksRight(lens, 'camera blocked');
});

test('the browser asks; an address that is not there', async ({ open, server }) => {
  const lens = await open({
    before: () => {
      navigator.mediaDevices.getUserMedia = () => new Promise(() => {});
    },
    expectedErrors: /404/,
  });
  await expect(lens.main).toHaveAttribute('data-state', 'asking');
  await looksRight(lens, 'asking');
  await lens.page.goto(`${server.url}/not-here`);
  await expect(lens.page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
  await looksRight(lens, 'not found');
});

test('no camera; a picture, a file that is neither; a video', async ({ open }) => {
  const lens = await open({ camera: 'none' });
  await expect(lens.main).toHaveAttribute('data-state', 'no-camera');
  await looksRight(lens, 'no camera');
  await lens.page.getByTestId('picture-input').setInputFiles(photoPath('cat'));
  await expect(lens.boxes('cat')).toHaveCount(1);
  await looksRight(lens, 'picture');
  const text = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') };
  await lens.page.getByTestId('picture-input').setInputFiles(text);
  await expect(lens.says(/not a picture/i)).toBeVisible();
  await looksRight(lens, 'notice');
});

test('two models live, and all that opens from there', async ({ open, serve, modelsDir }) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ url, camera: 'cat-still' });
  const { page } = lens;
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await page.getByRole('button', { name: /Also .*Colours/ }).click();
  await looksRight(lens, 'live');

  await page.getByRole('button', { name: 'Source' }).click();
  await expect(page.getByRole('menuitem', { name: 'Camera' })).toBeFocused();
  await looksRight(lens, 'sources');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Source' })).toBeFocused();

  await page.getByTestId('readout').click();
  await looksRight(lens, 'stream panel');
  await page.getByTestId('stream-panel').locator('summary').click();
  await looksRight(lens, 'stream panel, details');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('readout')).toBeFocused();

  await surround(page, { name: 'laptop', width: 1280, height: 800 });
  await page.getByRole('button', { name: 'Keys' }).click();
  await looksRight(lens, 'keys');
  await closesWithEscape(lens, 'Keys', 'Keys');

  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'stopped');
  await looksRight(lens, 'stopped');
});

test('the panel of models, and a model that comes in without names', async ({ open, serve, modelsDir }) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ url, camera: 'cat-still' });
  const { page } = lens;
  await cameraStarts(lens);
  await page.getByRole('button', { name: 'Models' }).click();
  await expect(page.locator('[data-model="coco-ssd"]')).toBeVisible();
  await looksRight(lens, 'models');
  await page.locator('[data-model="coco-ssd"]').locator('summary').click();
  await looksRight(lens, 'models, details');

  const add = (name: string, buffer: Buffer) =>
    page.getByTestId('model-input').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  await add('broken.onnx', Buffer.from('no model'));
  await expect(panel(lens, 'Models').getByRole('alert')).toBeVisible(SLOW);
  await looksRight(lens, 'not a model');
  await panel(lens, 'Models').getByRole('button', { name: 'Close' }).last().click();
  await add('tiny.onnx', Buffer.from(tinyClassifier()));
  await expect(page.getByTestId('report')).toBeVisible(SLOW);
  await looksRight(lens, 'report');
  for (const details of await page.getByTestId('report').locator('details:not([open]) > summary').all()) {
    await details.click();
  }
  await looksRight(lens, 'report, details');
  await closesWithEscape(lens, 'Models', 'Models');
});

test('the device answers: where labels come from', async ({ open }) => {
  const lens = await open({ place: 'device' });
  await cameraStarts(lens);
  const badge = lens.page.getByTestId('place');
  await expect(badge).toHaveAttribute('data-device', 'ready', SLOW);
  await badge.click();
  await expect(lens.page.getByTestId('certificate')).toBeVisible();
  await looksRight(lens, 'place');
  for (const summary of await panel(lens, PLACE).locator('summary').all()) await summary.click();
  await looksRight(lens, 'place, details');
  const model = lens.page.locator('[data-device-model="coco-ssd"]');
  await expect(model).toContainText('In use');
  await lens.page.keyboard.press('Escape');
  await expect(badge).toBeFocused();

  // What is said of what goes on is true only while it goes on.
  await lens.page.getByRole('button', { name: 'Stop' }).click();
  await badge.click();
  await expect(panel(lens, PLACE)).toContainText('Nothing is being analysed');
  await expect(panel(lens, PLACE)).not.toContainText(/in use/i);
  await expect(model).toContainText(/Ready|Stored on this device/);
});

test('the server is full, then gone', async ({ open, serve }) => {
  const server = await serve({ env: { MAX_SESSIONS: '1' } });
  const first = await open({ url: server.url });
  await cameraStarts(first);
  await expect(first.boxes('cat')).toHaveCount(1);
  const lens = await open({ url: server.url, expectedErrors: /WebSocket|ERR_|Failed to load/ });
  await cameraStarts(lens);
  await expect(lens.main).toHaveAttribute('data-connection', 'busy');
  await looksRight(lens, 'server full');
  await lens.page.getByTestId('place').click();
  await expect(panel(lens, PLACE)).toContainText('No labels are coming right now');
  await expect(panel(lens, PLACE)).not.toContainText(/in use/i);
  await lens.page.keyboard.press('Escape');
  await first.context.close();
  await expect(lens.main).toHaveAttribute('data-connection', 'open', SLOW);
  await server.close();
  await expect(lens.main).toHaveAttribute('data-connection', 'reconnecting');
  await expect(lens.says(/lost|reached/i)).toBeVisible();
  await looksRight(lens, 'server gone');
});

test('two cameras to choose from', async ({ open }) => {
  const lens = await open({ camera: 'two' });
  await cameraStarts(lens);
  await expect(lens.page.getByRole('combobox', { name: 'Camera' })).toBeVisible();
  await looksRight(lens, 'two cameras');
});

test('words can be read over any picture', async ({ open, serve, modelsDir }) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ url, camera: 'cat-still' });
  await cameraStarts(lens);
  await lens.page.getByRole('button', { name: 'Also run Colours' }).click();
  for (const hasPanel of [false, true]) {
    if (hasPanel) await lens.page.getByTestId('readout').click();
    for (const picture of ['#fff', '#888', '#000']) {
      // A picture of one colour is the worst that there is; axe can read that off the page, but no video. Nor can it
      // read what lies below a radio button that covers its label, or in front of what a panel covers.
      const hidden = [
        'video',
        '[data-testid="overlay"]',
        'label input',
        ...(hasPanel ? ['[data-testid="place"]'] : []),
      ];
      await lens.main.evaluate(
        (main, { background, selector }) => {
          main.style.background = background;
          for (const child of main.querySelectorAll<HTMLElement>(selector)) child.style.display = 'none';
        },
        { background: picture, selector: hidden.join() },
      );
      for (const size of SURROUNDINGS.filter(({ name }) =>
        /^(small phone|phone on its side|laptop)$/.test(name),
      )) {
        await surround(lens.page, size);
        const faults = await contrastFaults(lens.page, hasPanel ? '[data-testid="stream-panel"]' : 'main');
        expect.soft(faults, `on ${picture}, ${size.name}`).toEqual([]);
      }
    }
  }
});

test('in forced colours states and measures can be told', async ({ open, serve, modelsDir }) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ url, camera: 'cat-still' });
  const { page } = lens;
  await cameraStarts(lens);
  await page.getByRole('button', { name: 'Also run Colours' }).click();
  await surround(page, { name: 'forced colours', width: 1280, height: 800, forcedColors: 'active' });
  let contrast = await openContrast(page);
  const expectContrast = async (
    what: string,
    one: [Locator, number?, number?],
    other: [Locator, number?, number?],
  ) =>
    expect
      .soft(contrast(await pointOf(...one), await pointOf(...other)), what)
      .toBeGreaterThanOrEqual(MIN_CONTRAST);

  const stop = page.getByRole('button', { name: 'Stop' });
  await expectContrast('the stop mark', [stop], [stop, 0.3]);
  const slider = page.getByRole('slider');
  const share = await slider.evaluate((input: HTMLInputElement) => {
    const { min, max, valueAsNumber } = input;
    return (valueAsNumber - Number(min)) / (Number(max) - Number(min)) - 0.5;
  });
  await expectContrast('the thumb of the slider', [slider, share * 0.9], [slider, share * 0.9, 0.42]);
  await expectContrast('the filled part of its track', [slider, -0.45], [slider, -0.45, 0.3]);
  await expectContrast('the rest of its track', [slider, 0.45], [slider, 0.45, 0.3]);
  const pill = (name: string) => page.locator('label').filter({ hasText: name });
  await expectContrast('the chosen model', [pill('COCO'), -0.42], [pill('Colours'), -0.42]);
  const also = page.getByRole('button', { name: 'Also run Colours' });
  await expectContrast('the model that runs as well', [also, -0.4, 0.25], [pill('Colours'), -0.42]);

  await page.getByTestId('place').click();
  const mode = (name: string) => panel(lens, PLACE).locator('label').filter({ hasText: name });
  await expect(mode('Server').locator('input')).toBeChecked();
  await surround(page, { name: 'forced colours', width: 1280, height: 800, forcedColors: 'active' });
  contrast = await openContrast(page);
  await expectContrast('the chosen mode', [mode('Server'), 0.4, -0.3], [mode('Auto'), 0.4, -0.3]);
});
