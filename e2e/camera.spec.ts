import { cameraStarts, type Lens } from './harness/lens.ts';
import { looksRight } from './harness/surroundings.ts';
import { expect, test } from './harness/test.ts';

/** What is applied to Chromium's fake camera, in order, and what it answers: nothing is replaced but what is noted and refused. */
declare global {
  interface Window {
    livelensConstraints: MediaTrackConstraints[];
    livelensRefuses: string | undefined;
    livelensLocks: ('taken' | 'released')[];
  }
}

/** Notes the constraints of tracks, which reach the camera all the same. */
function noteConstraints(): void {
  window.livelensConstraints = [];
  const apply = MediaStreamTrack.prototype.applyConstraints;
  MediaStreamTrack.prototype.applyConstraints = function (constraints) {
    window.livelensConstraints.push(constraints ?? {});
    const refused = window.livelensRefuses;
    if (refused !== undefined) return Promise.reject(new DOMException(refused, 'OverconstrainedError'));
    return apply.call(this, constraints);
  };
}

/** A phone's camera: Chromium's fake one, which also says that it has what phones have, as Android's does. */
function bePhone(): void {
  const set: Record<string, unknown> = { torch: false, zoom: 1 };
  const prototype = MediaStreamTrack.prototype;
  const { getCapabilities, getSettings, applyConstraints } = prototype;
  prototype.getCapabilities = function () {
    return {
      ...getCapabilities.call(this),
      torch: true,
      zoom: { min: 1, max: 8, step: 0.1 },
      focusMode: ['manual', 'single-shot', 'continuous'],
      exposureMode: ['continuous', 'manual'],
      width: { min: 1, max: 4032 },
      height: { min: 1, max: 3024 },
    } as MediaTrackCapabilities;
  };
  prototype.getSettings = function () {
    return { ...getSettings.call(this), ...set };
  };
  prototype.applyConstraints = function (constraints) {
    const [advanced] = constraints?.advanced ?? [];
    if (!advanced) return applyConstraints.call(this, constraints);
    Object.assign(set, advanced);
    return Promise.resolve();
  };
}

const sheet = ({ page }: Lens) => page.getByRole('dialog', { name: 'Lens settings' });
const applied = ({ page }: Lens) => page.evaluate(() => window.livelensConstraints);

async function openSettings(lens: Lens): Promise<void> {
  await lens.page.getByRole('button', { name: 'Source' }).click();
  await lens.page.getByRole('menuitem', { name: 'Lens settings' }).click();
  await expect(sheet(lens)).toBeVisible();
}

test('the real track of Chromium’s fake camera: a picture size is set, and the picture has it', async ({
  open,
}) => {
  const lens = await open({ camera: 'two', before: noteConstraints });
  await cameraStarts(lens);
  await openSettings(lens);
  await sheet(lens).getByRole('radio', { name: '480p' }).click();
  await expect.poll(() => lens.page.evaluate(() => document.querySelector('video')?.videoHeight)).toBe(480);
  expect(await applied(lens)).toEqual([
    { width: { ideal: 853 }, height: { ideal: 480 }, frameRate: { ideal: 30 } },
  ]);
  await expect(lens.main).toHaveAttribute('data-state', 'live');
});

test('a phone: light, zoom by slider and by two fingers, focus by a tap; what it refuses is shown', async ({
  open,
}) => {
  const lens = await open({
    camera: 'two',
    context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    before: new Function(`(${bePhone})(); (${noteConstraints})();`) as () => void,
  });
  const { page } = lens;
  await cameraStarts(lens);
  await openSettings(lens);
  await sheet(lens).getByRole('button', { name: 'Light' }).click();
  await expect(sheet(lens).getByRole('button', { name: 'Light on' })).toHaveAttribute('aria-pressed', 'true');
  await sheet(lens).getByRole('slider', { name: 'Zoom' }).fill('2');
  await expect(sheet(lens).getByText('2×')).toBeVisible();
  expect((await applied(lens)).at(-1)).toEqual({ advanced: [{ torch: true, zoom: 2 }] });
  await looksRight(lens, 'lens settings');

  await page.setViewportSize({ width: 390, height: 844 });
  await page.evaluate(() => {
    window.livelensRefuses = 'The lens is stuck';
  });
  await sheet(lens).getByRole('button', { name: 'Light on' }).click();
  await page.keyboard.press('Escape');
  await expect(lens.says(/The light could not be switched/)).toBeVisible();
  await expect(lens.main).toHaveAttribute('data-state', 'live');
  await page.evaluate(() => {
    window.livelensRefuses = undefined;
  });

  // Two fingers, twice as far apart at the end.
  const devtools = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', half: number) =>
    devtools.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [-half, half].map((dx, id) => ({ x: 195 + dx, y: 420, id })),
    });
  await touch('touchStart', 40);
  await touch('touchMove', 60);
  await touch('touchMove', 80);
  await touch('touchEnd', 0);
  await expect
    .poll(async () => (await applied(lens)).at(-1)?.advanced?.[0])
    .toEqual({ torch: true, zoom: 4 });

  // The ring is soon gone again: that it was shown is noted. A tap that the browser's driver draws out is none.
  const ring = await page.getByTestId('focus-ring').evaluateHandle((element) => {
    const noted = { isShown: false };
    const note = () => {
      noted.isShown ||= element.hasAttribute('data-shown');
    };
    new MutationObserver(note).observe(element, { attributeFilter: ['data-shown'] });
    return noted;
  });
  await expect(async () => {
    await page.touchscreen.tap(195, 420);
    await expect.poll(() => ring.evaluate(({ isShown }) => isShown), { timeout: 2_000 }).toBe(true);
  }).toPass();
  await expect
    .poll(async () => (await applied(lens)).at(-1)?.advanced?.[0])
    .toMatchObject({ zoom: 4, focusMode: 'single-shot', exposureMode: 'continuous' });
  const [point] = Reflect.get((await applied(lens)).at(-1)?.advanced?.[0] ?? {}, 'pointsOfInterest');
  expect(point.x).toBeCloseTo(0.5, 1);
  expect(point.y).toBeCloseTo(0.5, 1);
});

test('a phone ticks when something is locked, unless a person switches that off', async ({ open }) => {
  const lens = await open({
    camera: 'tour',
    context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    before: () => {
      window.livelensConstraints = [];
      navigator.vibrate = (pattern) => {
        window.livelensConstraints.push({ width: Number(pattern) });
        return true;
      };
    },
  });
  const { page } = lens;
  await cameraStarts(lens);
  // Browsers allow it only on a page that was touched.
  await openSettings(lens);
  await expect.poll(() => applied(lens), { timeout: 30_000 }).not.toEqual([]);
  await sheet(lens).getByRole('checkbox', { name: 'Vibrate when something is recognised' }).uncheck();
  await page.reload();
  await cameraStarts(lens);
  await openSettings(lens);
  await expect(sheet(lens).getByRole('checkbox')).not.toBeChecked();
});

test('the screen stays on while a camera is live, also after the page was hidden, and no longer', async ({
  open,
}) => {
  const lens = await open({
    camera: 'cat-still',
    before: () => {
      window.livelensLocks = [];
      Object.defineProperty(navigator, 'wakeLock', {
        value: {
          request: async () => {
            window.livelensLocks.push('taken');
            return { release: async () => void window.livelensLocks.push('released') };
          },
        },
      });
    },
  });
  const { page } = lens;
  const locks = () => page.evaluate(() => window.livelensLocks);
  await cameraStarts(lens);
  await expect.poll(locks).toEqual(['taken']);
  // The browser drops the lock of a page that is hidden.
  const beHidden = (isHidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isHidden);
  await beHidden(true);
  await beHidden(false);
  await expect.poll(locks).toEqual(['taken', 'taken']);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect.poll(async () => (await locks()).at(-1)).toBe('released');
});

test('a phone that scanned the code is asked for its camera at once, without a tap', async ({ open }) => {
  // The code is of no use here; the answer to the browser's question shows that it was asked.
  const lens = await open({ answer: 'deny', fragment: '#pair=used-up', expectedErrors: /40\d/ });
  await expect(lens.main).toHaveAttribute('data-state', 'denied');
  expect(new URL(lens.page.url()).hash).toBe('');
});
