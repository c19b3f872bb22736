import type { Page } from 'playwright';
import { iou } from '../vision/geometry.ts';
import { thingsOfPhoto } from './footage/clips.ts';
import { photoPath } from './footage/footage.ts';
import { coverCamera } from './harness/coverCamera.ts';
import { cameraStarts, type Lens } from './harness/lens.ts';
import { expect } from './harness/test.ts';
import { test } from './harness/twoModels.ts';
import { videoOf } from './harness/videoOf.ts';

const PHONE = { width: 390, height: 844 };
const LAPTOP = { width: 1280, height: 800 };
const PROJECTOR = { width: 1920, height: 1080 };

/** Many things in one picture: the lowest confidence that the control has. */
const everything = () => {
  if (window.origin !== 'null') localStorage.setItem('livelens.minScore', '0.2');
};

/** Sizes by what points there: a page that is turned or resized lays its names out again. */
const SCREENS = [
  {
    screens: 'a phone',
    sizes: [{ width: 320, height: 640 }, PHONE, { width: 844, height: 390 }],
    context: { viewport: PHONE, hasTouch: true, isMobile: true },
  },
  { screens: 'a laptop and a projector', sizes: [LAPTOP, PROJECTOR], context: { viewport: LAPTOP } },
];

for (const { screens, sizes, context } of SCREENS) {
  /** Opened in one of the sizes, then turned or resized to the others. */
  const inEachSize = async (lens: Lens, work: () => Promise<void>) => {
    for (const size of sizes) {
      if (lens.page.viewportSize()?.width !== size.width) await resize(lens, size);
      await work();
    }
  };

  test(`on ${screens}, in a picture of people who stand close, every name can be read`, async ({ open }) => {
    const lens = await open({ camera: 'none', context, before: everything });
    await pick(lens.page, photoPath('crowd'));
    await expect(lens.boxes('person').nth(4)).toBeAttached();
    await inEachSize(lens, async () => {
      await expectReadable(lens, { atLeast: 5 });
      expect((await measure(lens)).controls.length).toBeGreaterThan(3);
    });
  });

  test(`on ${screens}, of people who stand close before the camera, every name can be read, all the time`, async ({
    open,
  }) => {
    const lens = await open({ camera: 'crowd-pan', context, before: everything });
    await cameraStarts(lens);
    await expect(lens.boxes('person').first()).toBeAttached();
    const { frames } = lens.footage;
    for (const frame of [0, 0.2, 0.4].map((part) => Math.round(part * frames.length))) {
      await expect.poll(() => lens.answers.length).toBeGreaterThan(frame / 20);
      await inEachSize(lens, () => expectReadable(lens, { atLeast: 1 }));
    }
  });

  test(`on ${screens}, in a video file too`, async ({ open }) => {
    const lens = await open({ camera: 'none', context, before: everything });
    const video = await videoOf('crowd', lens.page);
    await lens.page
      .locator('input[type="file"][accept*="video"]')
      .setInputFiles({ name: 'crowd.webm', mimeType: 'video/webm', buffer: video });
    await expect(lens.main).toHaveAttribute('data-source', 'video');
    await expect(lens.boxes('person').nth(1)).toBeAttached();
    await inEachSize(lens, () => expectReadable(lens, { atLeast: 2 }));
  });
}

test('boxes and names sit on the things of a picture: a name touches its box or is tied to it', async ({
  open,
}) => {
  const lens = await open({ camera: 'none', context: { viewport: { width: 1280, height: 800 } } });
  await pick(lens.page, photoPath('cat'));
  await expect(lens.boxes('cat')).toHaveCount(1);
  const { chips, boxes, picture } = await measure(lens);
  const [box, chip] = [boxes[0], chips[0]];
  expect(box && chip).toBeTruthy();
  if (!box || !chip) return;
  const [cat] = thingsOfPhoto('cat');
  const onPicture = [
    (box.x - picture.x) / picture.width,
    (box.y - picture.y) / picture.height,
    box.width / picture.width,
    box.height / picture.height,
  ] as const;
  expect(cat && iou(onPicture, cat.box)).toBeGreaterThan(0.7);
  // The cat reaches to the top of the picture, so its name stands at the top of the box, and nowhere lower.
  expect(chip.y - Math.max(box.y, picture.y)).toBeLessThan(20);
});

test('names and lines grow with the screen, and with the text size that a person chose', async ({ open }) => {
  const lens = await open({ camera: 'none', context: { viewport: PHONE } });
  await pick(lens.page, photoPath('cup'));
  await expect(lens.boxes('cup')).toHaveCount(1);
  const height = async () => (await measure(lens)).chips[0]?.height ?? 0;
  const phone = await height();
  expect(phone).toBeGreaterThan(0);
  await lens.page.setViewportSize(PROJECTOR);
  await expect.poll(height).toBeGreaterThan(1.3 * phone);
  const projector = await height();
  await lens.page.setViewportSize(LAPTOP);
  await expect.poll(height).toBeLessThan(projector);
  const laptop = await height();
  expect(laptop).toBeGreaterThan(phone);
  await lens.page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
  });
  await expect.poll(height).toBeGreaterThan(1.7 * laptop);
});

test('presenting shows the picture and its names alone, and ends with Escape', async ({ open }) => {
  const lens = await open({ camera: 'cat-still' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  const exit = lens.page.getByRole('button', { name: 'Leave presentation' });
  await lens.page.keyboard.press('p');
  await expect(lens.main).toHaveAttribute('data-present', 'active');
  await expect(exit).toBeFocused();
  // The names of things are buttons, too.
  const buttons = lens.page.getByRole('button').and(lens.page.locator(':not([data-testid="overlay"] *)'));
  expect(await buttons.count(), 'the way out and nothing else').toBe(1);
  await expect(lens.page.getByRole('slider')).toHaveCount(0);
  await expect(lens.page.getByText('Presenting. Press Escape to leave.')).toHaveRole('status');
  await expect(lens.boxes('cat')).toHaveCount(1);

  // The pointer does not move: the way out fades, and comes back when it does.
  await expect(lens.main).toHaveAttribute('data-present', 'idle');
  await expect(exit).toHaveCSS('opacity', '0');
  await lens.page.mouse.move(200, 200);
  await lens.page.mouse.move(210, 210);
  await expect(lens.main).toHaveAttribute('data-present', 'active');
  await expect(exit).toHaveCSS('opacity', '1');

  await lens.page.keyboard.press('Escape');
  await expect(lens.main).not.toHaveAttribute('data-present');
  await expect(lens.page.getByRole('button', { name: 'Present' })).toBeFocused();
  expect(await lens.page.evaluate(() => document.fullscreenElement)).toBeNull();
});

test('presenting works where the browser has no full screen, for a picture too, and ends with it', async ({
  open,
}) => {
  const lens = await open({
    camera: 'none',
    before: () => {
      // As on an iPhone.
      Object.defineProperty(Element.prototype, 'requestFullscreen', { value: undefined });
    },
  });
  await pick(lens.page, photoPath('cup'));
  await expect(lens.boxes('cup')).toHaveCount(1);
  const before = await measure(lens);
  await lens.page.getByRole('button', { name: 'Present' }).click();
  await expect(lens.main).toHaveAttribute('data-present', /./);
  await expect.poll(async () => (await measure(lens)).picture.width).toBeGreaterThan(before.picture.width);
  await expectReadable(lens, { atLeast: 1 });
  const [cup] = thingsOfPhoto('cup');
  const { boxes, picture } = await measure(lens);
  const found = boxes.map(
    ({ x, y, width, height }) =>
      [
        (x - picture.x) / picture.width,
        (y - picture.y) / picture.height,
        width / picture.width,
        height / picture.height,
      ] as const,
  );
  expect(cup && Math.max(...found.map((box) => iou(box, cup.box)))).toBeGreaterThan(0.5);

  await lens.page.getByRole('button', { name: 'Leave presentation' }).click();
  await expect(lens.page.getByRole('slider', { name: 'Confidence' })).toBeVisible();
  await lens.page.keyboard.press('p');
  await expect(lens.main).toHaveAttribute('data-present', /./);
  await lens.page.keyboard.press('Escape');
  await expect(lens.main).not.toHaveAttribute('data-present');
});

test('no name is shown with less confidence than the slider says, live, from the moment it moves', async ({
  open,
}) => {
  const lens = await open({ camera: 'crowd-pan', before: everything });
  await cameraStarts(lens);
  await expect(lens.boxes('person').first()).toBeAttached();
  const slider = lens.page.getByRole('slider', { name: 'Confidence' });
  await slider.focus();
  for (const limit of [0.3, 0.5, 0.7]) {
    await slider.fill(String(limit * 100));
    const answered = lens.answers.length;
    const lowest = await lens.page.evaluate(async () => {
      let lowest = 100;
      for (let frame = 0; frame < 90; frame++) {
        // What stands after the next drawing is what a person sees.
        await new Promise((resolve) => requestAnimationFrame(resolve));
        if (frame < 15) continue;
        for (const chip of document.querySelectorAll('[data-testid="label-chip"]:not([data-leaving])')) {
          lowest = Math.min(lowest, Number.parseInt(chip.lastElementChild?.textContent ?? '100', 10));
        }
      }
      return lowest;
    });
    expect(lowest, `at ${limit}`).toBeGreaterThanOrEqual(limit * 100);
    await expect.poll(() => lens.answers.length).toBeGreaterThan(answered);
  }
});

test('a name of the whole picture makes way for a message, and comes back', async ({
  open,
  serve,
  modelsDir,
}) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ url, camera: 'none', context: { viewport: PHONE } });
  const { page } = lens;
  await pick(page, photoPath('cat'));
  await expect(lens.boxes('cat')).toHaveCount(1);
  await page.locator('label').filter({ hasText: 'Colours' }).click();
  const name = page.getByTestId('label-name').first();
  await expect(name).toBeVisible();
  const before = await name.boundingBox();
  await page
    .getByTestId('picture-input')
    .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
  const message = lens.says(/not a picture/i);
  await expect(message).toBeVisible();
  const areApart = async () => {
    const [one, other] = [await name.boundingBox(), await message.boundingBox()];
    return one !== null && other !== null && !overlap(one, other);
  };
  await expect.poll(areApart).toBe(true);
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect.poll(() => name.boundingBox()).toEqual(before);
});

test('the focus stays in the picture when the name of the whole of it goes', async ({
  open,
  serve,
  modelsDir,
}) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ url, camera: 'cat-still' });
  const { page } = lens;
  await cameraStarts(lens);
  await page.locator('label').filter({ hasText: 'Colours' }).click();
  const name = page.getByTestId('label-name').first();
  await name.focus();
  await expect(name).toBeFocused();
  // Black has no colour.
  await coverCamera(lens, true);
  await expect(page.getByTestId('label-name')).toHaveCount(0);
  await expect(page.getByTestId('overlay')).toBeFocused();
});

const pick = (page: Page, file: string) =>
  page.locator('input[type="file"][accept*="image"]').setInputFiles(file);

/** What lies where on the screen, in CSS pixels; chips that were given no place are left out. */
function measure({ page }: Lens) {
  return page.evaluate(() => {
    const rectOf = (element: Element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return { x, y, width, height };
    };
    const overlay = document.querySelector('[data-testid="overlay"]');
    const all = (selector: string) => [...(overlay?.querySelectorAll(selector) ?? [])];
    const shown = '[data-testid="label-chip"], [data-testid="more-names"]';
    // Where chips that glide are on their way to.
    for (const chip of all(shown)) for (const animation of chip.getAnimations()) animation.finish();
    const content = document.querySelector('[data-content-rect]')?.getAttribute('data-content-rect');
    const [x = 0, y = 0, width = 0, height = 0] = (content ?? '').split(',').map(Number);
    const controls = [
      ...document.querySelectorAll('main button, main input, main p, main label, main output'),
    ]
      .filter((element) => !overlay?.contains(element))
      .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .map((element) => ({ ...rectOf(element), name: element.textContent ?? '' }))
      .filter((rect) => rect.width > 4 && rect.height > 4);
    return {
      viewport: { x: 0, y: 0, width: innerWidth, height: innerHeight },
      picture: { x, y, width, height },
      boxes: all('[data-testid="label-box"]').map(window.rectOfBox),
      chips: all(shown)
        .filter((chip) => !chip.hasAttribute('data-unplaced'))
        .map((chip) => ({ ...rectOf(chip), name: chip.textContent ?? '' })),
      controls,
    };
  });
}

/** Resolves when the picture and its names are laid out for the new size. */
async function resize(lens: Lens, size: { width: number; height: number }): Promise<void> {
  const picture = lens.page.locator('[data-content-rect]').first();
  const before = await picture.getAttribute('data-content-rect');
  await lens.page.setViewportSize(size);
  await expect(picture).not.toHaveAttribute('data-content-rect', before ?? '');
  await expect.poll(() => readingFaults(lens)).toEqual([]);
}

async function expectReadable(lens: Lens, { atLeast }: { atLeast: number }): Promise<void> {
  await expect.poll(async () => (await measure(lens)).chips.length).toBeGreaterThanOrEqual(atLeast);
  expect(await readingFaults(lens)).toEqual([]);
}

/** Names that are not on the screen, or that something covers. */
async function readingFaults(lens: Lens): Promise<string[]> {
  const { chips, controls, viewport } = await measure(lens);
  return chips.flatMap((chip, index) => {
    const { x, y, width, height, name } = chip;
    const isInside =
      x >= 0 && y >= 0 && x + width <= viewport.width && y + height <= viewport.height && width > 20;
    const covering = [...controls, ...chips.slice(index + 1)].filter((other) => overlap(chip, other));
    return [
      ...(isInside ? [] : [`${name} at ${x},${y} is not on the screen`]),
      ...covering.map((other) => `${name} at ${x},${y} overlaps ${other.name}`),
    ];
  });
}

type Rect = { x: number; y: number; width: number; height: number };

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
