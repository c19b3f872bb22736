import type { Locator } from 'playwright';
import { contrastFaults } from './harness/axe.ts';
import { cameraStarts } from './harness/lens.ts';
import { openContrast } from './harness/pixels.ts';
import { SURROUNDINGS, surround } from './harness/surroundings.ts';
import { expect } from './harness/test.ts';
import { test } from './harness/twoModels.ts';

/** WCAG 1.4.11: of what tells a control's state. */
const MIN_CONTRAST = 3;

/** The middle of an element, moved by a share of its size. */
async function pointOf(locator: Locator, byX = 0, byY = 0): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('It is not shown.');
  return { x: box.x + box.width * (0.5 + byX), y: box.y + box.height * (0.5 + byY) };
}

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

test('in forced colours states and measures can be distinguished', async ({ open, serve, modelsDir }) => {
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
  await pill('Objects').scrollIntoViewIfNeeded();
  contrast = await openContrast(page);
  await expectContrast('the chosen mode of the lens', [pill('Objects'), -0.42], [pill('Text'), -0.42]);
  const also = page.getByRole('button', { name: 'Also run Colours' });
  await also.scrollIntoViewIfNeeded();
  contrast = await openContrast(page);
  await expectContrast('the model that runs as well', [also, -0.4, 0.25], [pill('Colours'), -0.42]);

  await page.getByTestId('place').click();
  const panel = page.getByRole('dialog', { name: 'Where labels come from' });
  const mode = (name: string) => panel.locator('label').filter({ hasText: name });
  await expect(mode('Server').locator('input')).toBeChecked();
  await surround(page, { name: 'forced colours', width: 1280, height: 800, forcedColors: 'active' });
  contrast = await openContrast(page);
  await expectContrast('the chosen mode', [mode('Server'), 0.4, -0.3], [mode('Auto'), 0.4, -0.3]);
});
