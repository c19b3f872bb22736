import { photoPath } from '../footage/footage.ts';
import { layoutFaults } from '../harness/layoutFaults.ts';
import { ENGINES, type EnginePage, whySkipped } from './engine.ts';
import { isAtWork } from './inPage.ts';
import { expect, PATIENTLY, seen, seesLabel, test, WHILE_PREPARING } from './test.ts';

/** From a small phone to a projector, CSS pixels. */
const SIZES: readonly (readonly [width: number, height: number])[] = [
  [320, 640],
  [390, 844],
  [844, 390],
  [1280, 800],
  [1920, 1080],
];

for (const engine of ENGINES) {
  test.describe(engine, () => {
    const why = whySkipped(engine, process.env);
    test.skip(why !== undefined, why);

    test('at five sizes nothing is cut off, overlaps or scrolls: start, live, picture', async ({
      openIn,
      server,
    }) => {
      const page = await openIn(engine, { url: server.url });
      const check = async (what: string, sizes: typeof SIZES) => {
        for (const [width, height] of sizes) {
          await page.resize(width, height);
          // The layout follows the size, and elements that follow it themselves come a moment later.
          await expect
            .poll(() => page.evaluate(layoutFaults), { ...PATIENTLY, message: `${what}, ${width}x${height}` })
            .toEqual([]);
        }
      };
      // WebKitGTK's window gets no narrower than 334 pixels, and its list of two mock cameras needs a wide one.
      const sizes = engine === 'webkit' ? SIZES.slice(1) : SIZES;
      await check('start', sizes);
      await page.press('Start camera');
      await seen(page).toMatchObject({ state: 'live', hasReading: true });
      await check('live', engine === 'webkit' ? SIZES.slice(2) : SIZES);
      await page.chooseFile('picture-input', photoPath('cup'));
      await seesLabel(page, 'cup');
      await check('picture', sizes);
    });

    test('by keys alone: start, a lower confidence, stop, a panel that opens and closes', async ({
      openIn,
      server,
    }) => {
      const page = await openIn(engine, { url: server.url });
      await page.key(' ');
      await seen(page).toMatchObject({ state: 'live' });
      const before = await confidenceOf(page);
      await page.key('-');
      await expect.poll(() => confidenceOf(page), PATIENTLY).toBe(before - 5);
      await page.key(' ');
      await seen(page).toMatchObject({ state: 'stopped' });
      await page.key('l');
      await expect.poll(() => dialogOf(page), PATIENTLY).toContain('Models');
      await page.key('Escape');
      await expect.poll(() => dialogOf(page), PATIENTLY).toBe('');
    });

    test('the confidence that a person sets is there after the page is opened again', async ({
      openIn,
      server,
    }) => {
      const page = await openIn(engine, { url: server.url });
      await page.chooseFile('picture-input', photoPath('cup'));
      await seesLabel(page, 'cup');
      const before = await confidenceOf(page);
      await page.key('+');
      await expect.poll(() => confidenceOf(page), PATIENTLY).toBe(before + 5);
      await page.reload();
      await expect.poll(() => page.evaluate(isAtWork), PATIENTLY).toBe(true);
      await page.chooseFile('picture-input', photoPath('cup'));
      await seesLabel(page, 'cup');
      expect(await confidenceOf(page)).toBe(before + 5);
    });

    test('the models panel lists the model that is in use', async ({ openIn, server }) => {
      const page = await openIn(engine, { url: server.url });
      await page.press('Start camera');
      await seen(page).toMatchObject({ state: 'live', connection: 'open' });
      await page.press('Models');
      const listed = () =>
        page.evaluate(() => document.querySelector('[data-model="coco-ssd"]')?.textContent ?? '');
      await expect.poll(listed, PATIENTLY).toContain('COCO-SSD');
    });

    test('a person changes to this device and back while the camera goes on', async ({
      openIn,
      server,
      cats,
    }) => {
      const page = await openIn(engine, { url: server.url, camera: cats });
      await page.press('Start camera');
      await seesLabel(page, 'cat');
      await page.pressElement('[data-testid="place"]');
      for (const place of ['device', 'server']) {
        await page.pressElement(`label:has(input[value="${place}"])`);
        await seen(page, WHILE_PREPARING).toMatchObject({ place, labels: expect.arrayContaining(['cat']) });
      }
    });
  });
}

/** What the slider says, percent. */
const confidenceOf = (page: EnginePage) =>
  page.evaluate(() => Number(document.querySelector<HTMLInputElement>('input[type="range"]')?.value));

/** The words of the dialog that is open; empty where none is. */
const dialogOf = (page: EnginePage) =>
  page.evaluate(() => document.querySelector<HTMLElement>('dialog[open]')?.innerText ?? '');
