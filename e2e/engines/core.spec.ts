import sharp from 'sharp';
import { fitRect, iou } from '../../vision/geometry.ts';
import { framesOf, thingsOfPhoto } from '../footage/clips.ts';
import { photoPath } from '../footage/footage.ts';
import { readMarker } from '../footage/marker.ts';
import { MARKER_POINTS, readSample, toFrame } from '../harness/lens.ts';
import { sample } from '../harness/recorder.ts';
import { ENGINES, scriptOf, whySkipped } from './engine.ts';
import { beAnOldBrowser, isAtWork, problemsOf } from './inPage.ts';
import { expect, PATIENTLY, seen, seesLabel, test } from './test.ts';

for (const engine of ENGINES) {
  test.describe(engine, () => {
    const why = whySkipped(engine, process.env);
    test.skip(why !== undefined, why);

    test('the page opens isolated, without an error or a violation of its policy', async ({
      openIn,
      server,
    }) => {
      const page = await openIn(engine, { url: server.url });
      console.log(`    ${await page.evaluate(() => navigator.userAgent)}`);
      await seen(page).toMatchObject({ state: 'welcome', connection: 'idle' });
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      expect(await page.evaluate(() => typeof SharedArrayBuffer)).toBe('function');
    });

    test('a violation and an error would be noticed', async ({ openIn, server }) => {
      const page = await openIn(engine, { url: server.url });
      await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'document.title = "smuggled"';
        document.body.append(script);
        setTimeout(() => {
          throw new Error('on purpose');
        });
      });
      const problems = () => page.evaluate(problemsOf);
      await expect.poll(problems, PATIENTLY).toContainEqual(expect.stringContaining('script-src'));
      await expect.poll(problems, PATIENTLY).toContainEqual(expect.stringContaining('on purpose'));
      expect(await page.evaluate(() => document.title)).toBe('Livelens');
      await page.evaluate(() => window.livelensProblems?.splice(0));
    });

    test("the engine's own camera starts, its frames are answered, and the screen is kept on", async ({
      openIn,
      server,
    }) => {
      const page = await openIn(engine, { url: server.url });
      await page.press('Start camera');
      await seen(page).toMatchObject({ state: 'live', connection: 'open', source: 'camera' });
      await seen(page).toMatchObject({ hasReading: true, pixels: 'canvas' });
      expect((await page.evaluate(() => window.livelensCalls)).wakeLocks).toBe(1);
    });

    test('a cat before the camera is named, and its box lies on it; frames are encoded in the worker', async ({
      openIn,
      server,
      cats,
    }) => {
      const page = await openIn(engine, { url: server.url, camera: cats });
      await page.press('Start camera');
      await seesLabel(page, 'cat');

      const [cat] = framesOf('cat-still')[0]?.things ?? [];
      const look = async () => {
        const looks = await page.evaluate(sample, { durationMs: 100, everyMs: 0, points: MARKER_POINTS });
        return looks.slice(-1)[0];
      };
      // On a picture of the footage, in what the video plays and in the pixels of the screen.
      const overlap = async () => {
        const raw = await look();
        const { frame = null, boxes = [] } = raw ? readSample(raw) : {};
        const box = boxes.find(({ label }) => label === 'cat')?.box;
        return frame !== null && box && cat ? iou(box, cat.box) : 0;
      };
      await expect.poll(overlap, PATIENTLY).toBeGreaterThan(0.8);
      const shown = async () => {
        const [png, raw] = [await page.screenshot(), await look()];
        return raw ? frameOnScreen(png, raw.video) : Number.NaN;
      };
      await expect.poll(shown, PATIENTLY).toBeLessThan(cats.length);

      const calls = await page.evaluate(() => window.livelensCalls);
      expect(calls.postMessage, 'pictures for the worker').toBeGreaterThan(0);
      expect(calls.toBlob, 'pictures encoded by the page').toBe(0);
      expect(calls.requestVideoFrameCallback).toBeGreaterThan(0);
      expect(calls.frameBytes / calls.frames, 'bytes of a frame: a JPEG of 300x300').toBeLessThan(100_000);
    });

    test('without OffscreenCanvas and requestVideoFrameCallback the page encodes, and the cat is named', async ({
      openIn,
      server,
      cats,
    }) => {
      const before = scriptOf(beAnOldBrowser, undefined);
      const page = await openIn(engine, { url: server.url, camera: cats, before });
      await page.press('Start camera');
      await seesLabel(page, 'cat');
      const calls = await page.evaluate(() => window.livelensCalls);
      expect(calls).toMatchObject({ postMessage: 0, requestVideoFrameCallback: 0 });
      expect(calls.toBlob).toBeGreaterThan(0);
    });

    test('stopped, the labels go; started again, they are back', async ({ openIn, server, cats }) => {
      const page = await openIn(engine, { url: server.url, camera: cats });
      await page.press('Start camera');
      await seesLabel(page, 'cat');
      await page.press('Stop');
      await seen(page).toMatchObject({ state: 'stopped', labels: [] });
      await page.press('Start');
      await seen(page).toMatchObject({ state: 'live' });
      await seesLabel(page, 'cat');
    });

    test('the server is killed: the camera goes on without labels, and they are back with the next one', async ({
      openIn,
      serve,
      cats,
    }) => {
      const server = await serve();
      const page = await openIn(engine, { url: server.url, camera: cats });
      await page.press('Start camera');
      await seesLabel(page, 'cat');
      process.kill(server.pid, 'SIGKILL');
      await seen(page).toMatchObject({ state: 'live', connection: 'reconnecting', labels: [] });
      await serve({ env: { PORT: String(server.port) } });
      await seen(page).toMatchObject({ state: 'live', connection: 'open' });
      await seesLabel(page, 'cat');
    });

    test('once it was opened, the page opens without the server', async ({ openIn, serve }) => {
      const server = await serve();
      const page = await openIn(engine, { url: server.url });
      await seen(page).toMatchObject({ offline: 'ready' });
      process.kill(server.pid, 'SIGKILL');
      await expect.poll(() => fetch(server.url).catch(() => 'gone'), PATIENTLY).toBe('gone');
      await page.reload();
      await expect.poll(() => page.evaluate(isAtWork), PATIENTLY).toBe(true);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    });

    test('a picture file is labelled, and the box lies on the cup', async ({ openIn, server }) => {
      const page = await openIn(engine, { url: server.url });
      await page.chooseFile('picture-input', photoPath('cup'));
      await seen(page).toMatchObject({ state: 'picture', source: 'picture' });
      await seesLabel(page, 'cup');
      const [cup] = thingsOfPhoto('cup');
      const found = await page.evaluate(() => {
        const picture = document.querySelector<HTMLImageElement>('[data-testid="picture"]');
        const box = document.querySelector('[data-testid="label-box"][data-label="cup"]');
        if (picture === null || box === null) return null;
        const rect = picture.getBoundingClientRect();
        return {
          box: window.rectOfBox(box),
          picture: {
            rect: { x: rect.x, y: rect.y, width: rect.width, height: rect.height },
            objectFit: getComputedStyle(picture).objectFit,
            isMirrored: false,
            width: picture.naturalWidth,
            height: picture.naturalHeight,
          },
        };
      });
      expect(cup && found && iou(toFrame(found.box, found.picture), cup.box)).toBeGreaterThan(0.5);
    });

    test('a shared screen is shown, and its frames are answered', async ({ openIn, server }) => {
      test.skip(engine === 'firefox', 'Firefox without a window has no screen to share.');
      const page = await openIn(engine, { url: server.url });
      await page.press('Screen');
      await seen(page).toMatchObject({ state: 'live', source: 'screen' });
      await seen(page).toMatchObject({ hasReading: true });
    });

    test('a video file is played and labelled', async ({ openIn, server, catVideo }) => {
      const page = await openIn(engine, { url: server.url });
      await page.chooseFile('video-input', catVideo);
      await seen(page).toMatchObject({ state: 'live', source: 'video' });
      await seesLabel(page, 'cat');
    });
  });
}

/** Which frame of the footage is in the pixels of a screenshot; NaN where none is. */
async function frameOnScreen(png: Buffer, video: Parameters<typeof toFrame>[1]): Promise<number> {
  const screen = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  const content = fitRect(video, video.rect, video.objectFit === 'cover' ? 'cover' : 'contain');
  const brightness = ({ x, y }: { x: number; y: number }) => {
    const column = Math.floor(video.rect.x + content.x + (video.isMirrored ? 1 - x : x) * content.width);
    const row = Math.floor(video.rect.y + content.y + y * content.height);
    return screen.data[row * screen.info.width + column] ?? 0;
  };
  const read = readMarker(
    MARKER_POINTS.map(([bit, complement]) => [brightness(bit), brightness(complement)] as const),
  );
  return read ?? Number.NaN;
}
