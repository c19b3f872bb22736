import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright';
import sharp from 'sharp';
import { WebSocket } from 'ws';
import { CameraRelay } from '../client/relay/cameraRelay.ts';
import { type PhotoName, photo } from '../server/testing/media.ts';
import { FRAMES_PER_SECOND, framesOf, slowRateOf } from './footage/clips.ts';
import { axeViolations } from './harness/axe.ts';
import { cameraStarts, type Lens, type LensOptions } from './harness/lens.ts';
import { hasPicture, openScreen, type Screen } from './harness/screen.ts';
import { test as base, expect } from './harness/test.ts';

/** `LIVELENS_SHOTS=DIR` keeps a picture of each state in three sizes. */
const SHOTS = process.env.LIVELENS_SHOTS;
const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

type ScreenOptions = Parameters<typeof openScreen>[2];

const test = base.extend<{ screenOf: (url: string, options?: ScreenOptions) => Promise<Screen> }>({
  screenOf: async ({ browsers }, use) => {
    const screens: Screen[] = [];
    await use(async (url, options) => {
      const screen = await openScreen(browsers, url, options);
      screens.push(screen);
      return screen;
    });
    for (const { problems, close } of screens) {
      expect.soft(problems.filter((problem) => !/WebSocket|ERR_/.test(problem))).toEqual([]);
      await close();
    }
  },
});

test.describe.configure({ timeout: 120_000 });

/** What a page looks like now; also without violations of WCAG 2.2 AA. */
async function looksWell(page: Page, name: string): Promise<void> {
  expect.soft(await axeViolations(page), name).toEqual([]);
  if (SHOTS === undefined) return;
  await mkdir(SHOTS, { recursive: true });
  const before = page.viewportSize();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: path.join(SHOTS, `${name}-${size.width}x${size.height}.png`) });
  }
  if (before) await page.setViewportSize(before);
}

/** A phone that was pointed at the address of a screen. */
async function joins(
  open: (options?: Partial<LensOptions>) => Promise<Lens>,
  name: string,
  options: Partial<LensOptions> = {},
): Promise<Lens> {
  const lens = await open({ fragment: '#show', ...options });
  await cameraStarts(lens);
  const dialog = lens.page.getByTestId('share-dialog');
  await expect(dialog).toBeVisible();
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: 'Show my camera' }).click();
  await expect(lens.page.getByTestId('share-badge')).toContainText(name);
  return lens;
}

test('four cameras that agreed are on the screen, named and labelled, and no picture is older than the bound', async ({
  open,
  serve,
  screenOf,
}) => {
  // Of its own: cameras of a test before would keep their places for a minute.
  const { url } = await serve();
  const screen = await screenOf(url);
  await expect(screen.page.getByRole('heading', { name: 'Put cameras on this screen' })).toBeVisible();
  await looksWell(screen.page, 'no-camera');

  const cat = await joins(open, 'Window', { url, camera: 'cat-sway' });
  await hasPicture(screen.tile('Window'));
  await expect(cat.page.getByTestId('share-badge')).toContainText('Your camera is on the screen');
  await looksWell(screen.page, 'one');
  await looksWell(cat.page, 'phone-shown');

  // One that moves is enough to measure by; each other clip is a browser more.
  await joins(open, 'Table', { url, camera: 'cup-still' });
  await joins(open, 'Door', { url, camera: 'cup-still' });
  // Held upright.
  await joins(open, 'Garden', {
    url,
    camera: 'cat-still',
    context: { viewport: { width: 390, height: 844 } },
  });
  await expect(screen.tiles).toHaveCount(4);
  for (const [name, label] of [
    ['Window', 'cat'],
    ['Table', 'cup'],
    ['Door', 'cup'],
    ['Garden', 'cat'],
  ] as const) {
    await hasPicture(screen.tile(name));
    await expect(screen.tile(name).locator(`[data-testid="label-box"][data-label="${label}"]`)).toHaveCount(
      1,
    );
    await expect(screen.tile(name).getByRole('img')).toHaveAccessibleName(new RegExp(`^${name}: .*${label}`));
  }
  await looksWell(screen.page, 'four');

  const originMs = await cat.page.evaluate(() => performance.timeOrigin);
  const [shown, there] = await Promise.all([screen.watch(3_000), cat.watch(3_500, 0)]);
  expect(new Set(shown.map(({ camera }) => camera)).size).toBe(4);
  const tooOld = shown.filter(({ ageMs, maxAgeMs }) => ageMs > maxAgeMs);
  expect(tooOld).toEqual([]);
  // A second, or a multiple of it where this machine usually takes more than half of that.
  const boundMs = Math.max(...shown.map(({ maxAgeMs }) => maxAgeMs));
  expect(boundMs % 1_000).toBe(0);
  // By the pixels: which frame the camera showed when the screen showed this one.
  const number = await screen.tile('Window').getAttribute('data-camera');
  const frames = framesOf('cat-sway').length;
  const agesMs = shown.flatMap(({ camera, frame, atMs }) => {
    const now = there.findLast((sample) => sample.frame !== null && originMs + sample.atMs <= atMs);
    if (camera !== number || frame === null || now === undefined || now.frame === null) return [];
    // The footage is a loop; what is seen there last may be a little older than what is here.
    const behind = ((now.frame - frame + 1.5 * frames) % frames) - frames / 2;
    return [(behind * 1_000) / (slowRateOf('cat-sway') ?? FRAMES_PER_SECOND)];
  });
  expect(agesMs.length).toBeGreaterThan(10);
  expect(Math.max(...agesMs)).toBeLessThanOrEqual(boundMs);
});

test('a camera is asked once, says that it is shown, and is gone from the screen as soon as it stops', async ({
  open,
  serve,
  screenOf,
}) => {
  // Of its own: cameras of a test before would keep their places for a minute.
  const { url } = await serve();
  const screen = await screenOf(url);
  const phone = await open({ url, fragment: '#show', context: { viewport: { width: 390, height: 844 } } });
  await cameraStarts(phone);
  const dialog = phone.page.getByTestId('share-dialog');
  await expect(dialog).toBeVisible();
  await looksWell(phone.page, 'phone-asked');
  await dialog.getByRole('button', { name: 'Not now' }).click();
  await expect(dialog).toBeHidden();
  await expect(screen.wall).toHaveAttribute('data-cameras', '0');

  await phone.page.getByRole('button', { name: 'Help' }).click();
  await phone.page.getByRole('button', { name: 'Show on a screen' }).click();
  await dialog.getByRole('button', { name: 'Show my camera' }).click();
  const tile = screen.tile('Camera 1');
  await hasPicture(tile);
  // It stays so over a reload, without another question.
  await phone.page.reload();
  await expect(phone.page.getByTestId('share-badge')).toContainText('Your camera is on the screen');
  await hasPicture(tile);
  await expect(dialog).toBeHidden();

  // A page that does not say that the camera is shown shows it nowhere.
  await phone.page.goto(`${url}/measure?watch`);
  await expect(phone.main).toHaveAttribute('data-state', 'live');
  await expect(tile).toHaveAttribute('data-state', 'lost');
  // The address of the screen, opened once more.
  await phone.page.goto(`${url}/#show`);
  await expect(phone.page.getByTestId('share-badge')).toContainText('Your camera is on the screen');
  await hasPicture(tile);

  // A picture that a screen holds goes as well.
  await screen.page.keyboard.press('f');
  await expect(tile).toHaveAttribute('data-frozen');
  await phone.page.getByTestId('share-badge').getByRole('button', { name: 'Stop' }).click();
  await expect(screen.tiles).toHaveCount(0);
  await expect(phone.page.getByTestId('share-badge')).toHaveCount(0);
  await expect(dialog).toBeHidden();
  await phone.page.reload();
  await cameraStarts(phone);
  await expect(phone.page.getByTestId('share-badge')).toHaveCount(0);
});

test('keys choose, enlarge, freeze and rename; a camera that is lost keeps its place', async ({
  open,
  serve,
  screenOf,
}) => {
  // Of its own: cameras of a test before would keep their places for a minute.
  const { url } = await serve();
  const screen = await screenOf(url);
  const { page, tiles } = screen;
  const left = await joins(open, 'Left', { url, camera: 'cat-still' });
  await joins(open, 'Right', { url, camera: 'cup-still' });
  await hasPicture(screen.tile('Left'));
  await hasPicture(screen.tile('Right'));

  await page.keyboard.press('ArrowRight');
  await expect(screen.tile('Left')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(screen.tile('Right')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(tiles).toHaveCount(1);
  await hasPicture(screen.tile('Right'));
  await looksWell(page, 'large');
  await page.keyboard.press('ArrowLeft');
  // Without a picture of its own there is nothing to freeze: one that came since it is large.
  const smallAtMs = await screen.tile('Left').getAttribute('data-captured-at-ms');
  await expect(screen.tile('Left')).not.toHaveAttribute('data-captured-at-ms', smallAtMs ?? '');
  await hasPicture(screen.tile('Left'));

  await page.keyboard.press('f');
  await expect(screen.tile('Left')).toContainText('Frozen for');
  const heldAtMs = await screen.tile('Left').getAttribute('data-captured-at-ms');
  await expect(screen.tile('Left')).toContainText('Frozen for 2 s');
  await expect(screen.tile('Left')).toHaveAttribute('data-captured-at-ms', heldAtMs ?? '');
  await looksWell(page, 'frozen');
  await page.keyboard.press('f');
  await expect(screen.tile('Left')).not.toHaveAttribute('data-captured-at-ms', heldAtMs ?? '');

  await page.keyboard.press('n');
  const name = page.getByRole('textbox', { name: 'Name of the camera' });
  await expect(name).toBeFocused();
  // The keys of an input method are none for the form: they choose what is being typed, or take it back.
  const input = await page.context().newCDPSession(page);
  for (const key of ['Enter', 'Escape']) {
    await input.send('Input.imeSetComposition', { text: '前', selectionStart: 1, selectionEnd: 1 });
    await page.keyboard.press(key);
    await expect(name).toHaveValue('前');
  }
  await name.fill('Front row');
  await page.keyboard.press('Enter');
  await hasPicture(screen.tile('Front row'));
  await expect(left.page.getByTestId('share-badge')).toContainText('Front row');
  await page.keyboard.press('Escape');
  await expect(tiles).toHaveCount(2);

  // Another page in its place: the socket is gone without a word.
  await left.page.goto('about:blank');
  await expect(screen.tile('Front row')).toHaveAttribute('data-state', 'lost');
  await expect(screen.tile('Front row')).toHaveAttribute('data-picture', 'none');
  await looksWell(page, 'lost');
  await left.page.goto(url);
  await hasPicture(screen.tile('Front row'));
  await expect(screen.tile('Front row')).toHaveAttribute('data-state', 'shared');
});

/** A camera without a browser, by the client of the page: it shows a photo. */
async function photoCamera(
  url: string,
  name: string,
  file: PhotoName,
  size: { width: number; height: number },
) {
  const image = await sharp(await photo(file))
    .resize(size.width, size.height, { fit: 'cover' })
    .flatten()
    .jpeg({ quality: 60 })
    .toBuffer();
  const [label] = file.split('.');
  const camera = new CameraRelay({
    url,
    transport: (at, subprotocol) => new WebSocket(at, subprotocol),
    identity: { name },
    onTake() {},
    onIdentity() {},
    onScreens() {},
    onState() {},
  });
  const timer = setInterval(() => {
    const labels = [
      {
        id: 1,
        label: label ?? '',
        score: 0.9,
        box: [0.2, 0.2, 0.6, 0.6] as [number, number, number, number],
      },
    ];
    camera.send({ image, format: 'jpeg', labels, capturedAtMs: performance.now() });
  }, 200);
  camera.start();
  return () => {
    clearInterval(timer);
    camera.stop();
  };
}

test('sixteen cameras of all shapes have room, a seventeenth is counted', async ({ serve, screenOf }) => {
  const { url } = await serve();
  const screen = await screenOf(url);
  const files = ['cat.png', 'cup.png', 'astronaut.png', 'rocket.jpg'] as const;
  const shapes = [
    { width: 480, height: 360 },
    { width: 360, height: 480 },
    { width: 480, height: 270 },
  ];
  const stops = await Promise.all(
    Array.from({ length: 17 }, (_, index) =>
      photoCamera(
        url,
        `Seat ${index + 1}`,
        files[index % files.length] ?? 'cat.png',
        shapes[index % shapes.length] ?? { width: 480, height: 360 },
      ),
    ),
  );
  try {
    await expect(screen.tiles).toHaveCount(16);
    for (const tile of await screen.tiles.all()) await hasPicture(tile);
    await expect(screen.page.getByText('1 more camera has no room here')).toBeVisible();
    await looksWell(screen.page, 'sixteen');
    await screen.page.close();
    const chinese = await screenOf(url, { locale: 'zh-CN' });
    await expect(chinese.page.getByText('还有 1 个摄像头放不下')).toBeVisible();
    await hasPicture(chinese.tile('Seat 1').or(chinese.tiles.first()).first());
    await looksWell(chinese.page, 'sixteen-zh');
  } finally {
    for (const stop of stops) stop();
  }
});

test('a screen asks for its token where there is one', async ({ open, serve, screenOf }) => {
  const { url } = await serve({ env: { SCREEN_TOKEN: 'for the screen only' } });
  const screen = await screenOf(url);
  await expect(screen.page.getByText('This screen needs a token')).toBeVisible();
  await looksWell(screen.page, 'token');
  await joins(open, 'Door', { url });
  await screen.page.getByLabel('Token', { exact: true }).fill('for the screen only');
  await screen.page.getByRole('button', { name: 'Use token' }).click();
  await hasPicture(screen.tile('Door'));
  const link = await screenOf(url, { fragment: '#token=for+the+screen+only' });
  await hasPicture(link.tile('Door'));
  await expect(link.page).toHaveURL(`${url}/screen`);
});
