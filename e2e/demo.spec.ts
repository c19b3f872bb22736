import { cameraStarts, type Lens } from './harness/lens.ts';
import { looksRight } from './harness/surroundings.ts';
import { expect, test } from './harness/test.ts';

/** The device loads and proves its model first. */
const SLOW = { timeout: 60_000 };

async function demoPlays(lens: Lens): Promise<void> {
  await expect(lens.main).toHaveAttribute('data-source', 'demo');
  await expect(lens.main).toHaveAttribute('data-state', 'live');
  await expect(lens.says(/Built-in footage, not your camera/)).toBeVisible();
}

test('a person who blocks the camera plays the demo: it says that it is footage, and gets labels', async ({
  open,
}) => {
  const lens = await open({ answer: 'deny' });
  const { page } = lens;
  await page.getByRole('button', { name: 'Start camera' }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'denied');
  await page.getByRole('button', { name: 'Demo' }).click();
  await demoPlays(lens);
  // Both photos of the footage are seen in turn, and named.
  await expect(lens.boxes('cup')).not.toHaveCount(0, SLOW);
  await looksRight(lens, 'demo');
  await expect(lens.boxes('cat')).not.toHaveCount(0, SLOW);

  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByRole('heading', { name: 'The demo has stopped' })).toBeVisible();
  await expect(page.getByTestId('demo-badge')).toBeHidden();
  await page.keyboard.press('Space');
  await demoPlays(lens);
});

test('a device without a camera plays the demo, and labels it itself', async ({ open }) => {
  const lens = await open({ camera: 'none', place: 'device' });
  await expect(lens.main).toHaveAttribute('data-state', 'no-camera');
  await lens.page.getByRole('button', { name: 'Demo' }).click();
  await demoPlays(lens);
  await expect(lens.main).toHaveAttribute('data-backend', 'device');
  // That the other photo comes as well: the test above.
  await expect(lens.boxes()).not.toHaveCount(0, SLOW);
});

test('names keep clear of the badge', async ({ open }) => {
  const lens = await open({ fragment: '?demo', context: { viewport: { width: 1280, height: 800 } } });
  await demoPlays(lens);
  await expect(lens.boxes('cup')).toHaveCount(1);
  const covered = await lens.page.evaluate(async () => {
    const selector = '[data-testid="label-chip"]:not([data-leaving], [data-unplaced])';
    const names = new Set<string>();
    for (let frame = 0; frame < 60; frame++) {
      await new Promise(requestAnimationFrame);
      const badge = document.querySelector('[data-testid="demo-badge"]')?.getBoundingClientRect();
      for (const chip of document.querySelectorAll(selector)) {
        const rect = chip.getBoundingClientRect();
        const isApart =
          badge === undefined ||
          rect.right <= badge.left ||
          rect.left >= badge.right ||
          rect.bottom <= badge.top ||
          rect.top >= badge.bottom;
        if (!isApart) names.add(chip.textContent ?? '');
      }
    }
    return [...names];
  });
  expect(covered).toEqual([]);
});

test('?demo opens with the demo though the camera is allowed; it follows the window as it is turned; the camera is a press away', async ({
  open,
}) => {
  const lens = await open({ fragment: '?demo' });
  await demoPlays(lens);
  const isUpright = () =>
    lens.page.evaluate(() => {
      const { videoWidth, videoHeight } = document.querySelector('video') as HTMLVideoElement;
      return videoHeight > videoWidth;
    });
  for (const [width, height] of [
    [390, 844],
    [844, 390],
  ] as const) {
    await lens.page.setViewportSize({ width, height });
    await expect.poll(isUpright).toBe(height > width);
  }
  await lens.page.keyboard.press('c');
  await expect(lens.main).toHaveAttribute('data-source', 'camera');
  await cameraStarts(lens);
  await expect(lens.page.getByTestId('demo-badge')).toBeHidden();
});

test('a demo that does not load says so, and leaves what is shown', async ({ open }) => {
  const lens = await open({ camera: 'none', expectedErrors: /ERR_FAILED|Failed to load/ });
  await lens.context.route('**/*.jpg', (route) => route.abort());
  await lens.page.getByRole('button', { name: 'Demo' }).click();
  await expect(lens.says(/The demo did not load/)).toBeVisible();
  await expect(lens.main).toHaveAttribute('data-state', 'no-camera');
});
