import { photoPath } from '../footage/footage.ts';
import { type EnginePage, whySkipped } from './engine.ts';
import type { FirefoxPrefs } from './firefox.ts';
import { seeDevice } from './inPage.ts';
import { expect, PATIENTLY, seen, seesLabel, test, WHILE_PREPARING } from './test.ts';

/** As Tor Browser, Mullvad Browser and LibreWolf have it: noise of eight colours, and no WebCodecs. */
const RESIST: FirefoxPrefs = { 'privacy.resistFingerprinting': true };
/** Only this one of its protections. */
const only = (target: string): FirefoxPrefs => ({
  'privacy.fingerprintingProtection': true,
  'privacy.fingerprintingProtection.overrides': `-AllTargets,+${target}`,
});

const MESSAGE = 'Your browser hides the picture';

// What a canvas streams is falsified, too: a video file stands in for the camera.
test.describe('a Firefox that falsifies what is read from a canvas', () => {
  const why = whySkipped('firefox', process.env);
  test.skip(why !== undefined, why);

  test('resistFingerprinting: the page says so, sends no noise, and goes on when a person allows it', async ({
    openIn,
    firefoxWith,
    serve,
    catVideo,
  }) => {
    const server = await serve();
    const firefox = await firefoxWith(RESIST);
    const page = await openIn(firefox, { url: server.url });
    await page.chooseFile('video-input', catVideo);
    await seen(page).toMatchObject({ state: 'live', pixels: 'none' });
    await expect.poll(() => messageOf(page), PATIENTLY).toBe(MESSAGE);

    await page.press('Ask for permission');
    await expect.poll(() => firefox.asksForCanvas(), PATIENTLY).toBe(true);
    await expect.poll(() => page.evaluate(playedS), PATIENTLY).toBeGreaterThan(1);
    expect(await framesOf(server.url), 'frames at the server').toBe(0);
    expect((await page.evaluate(() => window.livelensCalls)).frames, 'frames sent').toBe(0);
    await seen(page).toMatchObject({ labels: [] });

    await firefox.allowCanvas(server.url);
    // As the pointer that comes back from the question.
    await page.evaluate(() => document.documentElement.dispatchEvent(new PointerEvent('pointerenter')));
    await seen(page).toMatchObject({ pixels: 'canvas' });
    await seesLabel(page, 'cat');
    expect(await messageOf(page)).not.toBe(MESSAGE);
  });

  test('resistFingerprinting: a picture file gets its labels from the server; on this device the page says why not', async ({
    openIn,
    firefoxWith,
    server,
  }) => {
    const page = await openIn(await firefoxWith(RESIST), { url: server.url });
    await page.chooseFile('picture-input', photoPath('cup'));
    await seen(page).toMatchObject({ state: 'picture', pixels: 'none' });
    await seesLabel(page, 'cup');

    await page.pressElement('[data-testid="place"]');
    await page.pressElement('label:has(input[value="device"])');
    await expect.poll(() => messageOf(page), PATIENTLY).toBe(MESSAGE);
    await seen(page).toMatchObject({ labels: [] });
  });

  test('noise with WebCodecs: frames take the way that is not falsified, to the server and on this device', async ({
    openIn,
    firefoxWith,
    server,
    catVideo,
  }) => {
    const firefox = await firefoxWith(only('CanvasImageExtractionPrompt'));
    const page = await openIn(firefox, { url: server.url });
    await page.chooseFile('video-input', catVideo);
    await seen(page).toMatchObject({ state: 'live', pixels: 'video-frame' });
    await seesLabel(page, 'cat');

    const { frames, frameBytes } = await page.evaluate(() => window.livelensCalls);
    expect(frameBytes / frames, 'bytes of a frame: a JPEG of 300x300').toBeLessThan(200_000);
    console.log(`    ${Math.round(frameBytes / frames / 1e3)} KB a frame`);

    const here = await openIn(firefox, { url: server.url, place: 'device' });
    await here.chooseFile('video-input', catVideo);
    await seen(here, WHILE_PREPARING).toMatchObject({
      place: 'device',
      labels: expect.arrayContaining(['cat']),
    });
    await here.pressElement('[data-testid="place"]');
    await expect.poll(() => here.evaluate(seeDevice), PATIENTLY).toMatchObject({ passes: 'true' });
  });

  test('a little noise (CanvasRandomization) changes nothing', async ({
    openIn,
    firefoxWith,
    server,
    cats,
  }) => {
    const page = await openIn(await firefoxWith(only('CanvasRandomization')), {
      url: server.url,
      camera: cats,
    });
    await page.press('Start camera');
    await seen(page).toMatchObject({ state: 'live', pixels: 'canvas' });
    await seesLabel(page, 'cat');
    expect(await messageOf(page)).not.toBe(MESSAGE);
  });
});

/** The title of what the page tells a person, and a screen reader. */
const messageOf = (page: EnginePage) =>
  page.evaluate(() => document.querySelector('[role="status"] b')?.textContent ?? '');

/** How far the video has come, s. */
const playedS = () => document.querySelector('video')?.currentTime ?? 0;

/** How many frames of streams the server has answered in all. */
async function framesOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^livelens_frames_total\{.*via="stream".*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
