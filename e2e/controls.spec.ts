import { cameraStarts } from './harness/lens.ts';
import { expect, test } from './harness/test.ts';

test('the confidence control hides what is less certain and shows it again, also after a reload', async ({
  open,
}) => {
  const lens = await open({ camera: 'person-pan' });
  await cameraStarts(lens);
  await expect(lens.boxes('person')).toHaveCount(1);
  const slider = lens.page.getByRole('slider', { name: 'Confidence' });
  await slider.focus();
  await slider.press('End');
  await expect(lens.boxes()).toHaveCount(0);

  await lens.page.reload();
  await cameraStarts(lens);
  const answersBefore = lens.answers.length;
  await expect.poll(() => lens.answers.length).toBeGreaterThan(answersBefore + 10);
  expect((await lens.recording()).shown).toEqual([]);

  await slider.focus();
  await slider.press('Home'); // everything that the model suspects
  await expect(lens.boxes('person')).not.toHaveCount(0);
});

test('stop switches the camera off and takes the labels down, start brings both back', async ({ open }) => {
  const lens = await open({ camera: 'cat-still' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  const track = await lens.page.getByTestId('video').evaluateHandle((video) => {
    const stream = video instanceof HTMLVideoElement ? video.srcObject : null;
    return stream instanceof MediaStream ? stream.getVideoTracks()[0] : undefined;
  });

  await lens.page.getByRole('button', { name: 'Stop' }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'stopped');
  await expect(lens.boxes()).toHaveCount(0);
  expect(await track.evaluate((camera) => camera?.readyState), 'the camera is off').toBe('ended');

  await lens.page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(lens.main).toHaveAttribute('data-state', 'live');
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('of two cameras one can be chosen, and the choice is remembered', async ({ open }) => {
  const lens = await open({ camera: 'two' });
  await cameraStarts(lens);
  const cameraInUse = () =>
    lens.page.getByTestId('video').evaluate((video) => {
      const stream = video instanceof HTMLVideoElement ? video.srcObject : null;
      return stream instanceof MediaStream ? stream.getVideoTracks()[0]?.getSettings().deviceId : undefined;
    });
  const select = lens.page.getByRole('combobox', { name: 'Camera' });
  await expect(select.getByRole('option')).toHaveCount(2);
  const first = await cameraInUse();
  const other = (await select.getByRole('option').all()).map((option) => option.getAttribute('value'));
  const second = (await Promise.all(other)).find((id) => id !== first) ?? '';
  await select.selectOption(second);
  await expect.poll(cameraInUse).toBe(second);
  await expect(lens.main).toHaveAttribute('data-state', 'live');

  await lens.page.reload();
  await cameraStarts(lens);
  await expect.poll(cameraInUse).toBe(second);
});

test('on a phone the camera looks at the world first, and flips to the person and back', async ({ open }) => {
  const lens = await open({
    camera: 'cat-still',
    context: { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
    before: () => {
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = (constraints) => {
        const { dataset } = document.documentElement;
        dataset.asked = `${dataset.asked ?? ''}${JSON.stringify(constraints)}`;
        return real(constraints);
      };
    },
  });
  await cameraStarts(lens);
  const flip = lens.page.getByRole('button', { name: 'Flip camera' });
  const asked = async () =>
    [
      ...((await lens.page.locator('html').getAttribute('data-asked')) ?? '').matchAll(/user|environment/g),
    ].map(String);
  expect(await asked()).toEqual(['environment']);
  await flip.click();
  await expect.poll(asked).toEqual(['environment', 'user']);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await flip.click();
  await expect.poll(asked).toEqual(['environment', 'user', 'environment']);
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('everything can be done from the keyboard, and the focus can be seen', async ({ open }) => {
  const lens = await open({ camera: 'cat-still' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  const reached = new Map<string, boolean>();
  for (let step = 0; step < 20; step++) {
    await lens.page.keyboard.press('Tab');
    const focused = await lens.page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return undefined;
      const look = () => {
        const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } =
          getComputedStyle(element);
        return JSON.stringify([
          outlineStyle === 'none' ? '0px' : outlineWidth,
          boxShadow,
          borderColor,
          backgroundColor,
        ]);
      };
      const name =
        element.ariaLabel ??
        (element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element.textContent) ??
        '';
      const focusedLook = look();
      element.blur();
      const differs = focusedLook !== look();
      element.focus({ preventScroll: true });
      return { name: name.trim(), differs };
    });
    if (focused) reached.set(focused.name, focused.differs);
  }
  const names = [...reached.keys()].join(' | ');
  for (const name of [/confidence/i, /stop/i, /source|picture/i]) expect(names).toMatch(name);
  expect(
    [...reached].filter(([, differs]) => !differs),
    'controls whose focus cannot be seen',
  ).toEqual([]);

  await lens.page.getByRole('button', { name: 'Stop' }).focus();
  await lens.page.keyboard.press('Space');
  await expect(lens.main).toHaveAttribute('data-state', 'stopped');
  await lens.page.keyboard.press('Enter');
  await expect(lens.main, 'the focus stays where the button was').toHaveAttribute('data-state', 'live');
});

test('a screen reader hears what comes into view, at a polite rate', async ({ open }) => {
  const lens = await open({ camera: 'tour' });
  await expect(lens.page.getByTestId('announcer')).toHaveAttribute('aria-live', 'polite');
  await cameraStarts(lens);
  const heard = async () => (await lens.recording()).announced.map(({ text }) => text).join(' / ');
  await expect.poll(heard).toMatch(/cat.*(cup|person)/);
  const { announced } = await lens.recording();
  const pauses = announced.slice(1).map(({ atMs }, index) => atMs - (announced[index]?.atMs ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThan(2_000);
  // Until the next thing: the tour comes back to the cat.
  const [untilNext = ''] = /^.*?(?=cup|person)/.exec(await heard()) ?? [];
  expect(untilNext.match(/cat/g), 'said once, not at every answer').toHaveLength(1);
});

test('who asked their system for less motion gets none', async ({ open }) => {
  const moves = async (reducedMotion: 'reduce' | 'no-preference') => {
    const lens = await open({ camera: 'cat-still', context: { reducedMotion }, before: countMotion });
    await cameraStarts(lens);
    await expect(lens.boxes('cat')).toHaveCount(1);
    await lens.page.getByRole('button', { name: 'Stop' }).click();
    await expect(lens.boxes()).toHaveCount(0);
    return lens.page.evaluate(() => document.documentElement.dataset.motions ?? '');
  };
  expect(await moves('no-preference'), 'otherwise this test sees nothing').not.toBe('');
  expect(await moves('reduce')).toBe('');
});

/** Runs in the page: notes each animation and transition that lasts long enough to be seen. */
function countMotion(): void {
  const note = ({ target, type }: Event) => {
    if (!(target instanceof Element)) return;
    const isSeen = target
      .getAnimations({ subtree: true })
      .some(({ effect }) => Number(effect?.getComputedTiming().duration ?? 0) > 20);
    const { dataset } = document.documentElement;
    if (isSeen) dataset.motions = `${dataset.motions ?? ''} ${type} on ${target.className || target.tagName}`;
  };
  document.addEventListener('animationstart', note);
  document.addEventListener('transitionrun', note);
}

test('every control has a name, the page a title, a language and a heading', async ({ open }) => {
  const lens = await open({ camera: 'cat-still' });
  const check = async () => {
    const tree = await lens.page.locator('body').ariaSnapshot();
    const nameless = tree
      .split('\n')
      .filter((line) =>
        /^\s*- (button|link|slider|combobox|textbox|menuitem|checkbox|switch|img)(\s*\[|:?\s*$)/.test(line),
      );
    expect(nameless).toEqual([]);
  };
  await check();
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await check();
  await expect(lens.page).toHaveTitle(/livelens/i);
  await expect(lens.page.locator('html')).toHaveAttribute('lang', /^en/);
  await expect(lens.page.getByRole('heading', { level: 1 })).toHaveCount(1);
  await expect(lens.page.getByRole('main')).toHaveCount(1);
});
