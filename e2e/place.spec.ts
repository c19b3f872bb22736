import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ShapedLink, startShapedLink } from '../bench/shapedLink.ts';
import { publish, renamed } from '../server/testing/modelFixtures.ts';
import { cameraStarts, type Lens, type LensOptions } from './harness/lens.ts';
import type { Recording } from './harness/recorder.ts';
import { ROOT } from './harness/root.ts';
import { test as base, expect } from './harness/test.ts';

interface BackendFixtures {
  /** The page on a server behind a link that can be cut. */
  openBehindLink: (options?: Partial<LensOptions>) => Promise<{ lens: Lens; link: ShapedLink }>;
}

const test = base.extend<BackendFixtures>({
  openBehindLink: async ({ server, open }, use) => {
    const links: ShapedLink[] = [];
    await use(async (options = {}) => {
      const link = await startShapedLink({ target: server.url });
      links.push(link);
      const lens = await open({
        url: link.url,
        camera: 'cat-pan',
        place: 'default',
        expectedErrors: BROKEN,
        ...options,
      });
      await cameraStarts(lens);
      return { lens, link };
    });
    for (const link of links) await link.close();
  },
});

/** What a browser says of a link that is down. */
const BROKEN = /WebSocket|ERR_|Failed to load resource/;

test.describe.configure({ timeout: 120_000 });

const badge = ({ page }: Lens) => page.getByTestId('place');

/** The device has loaded and proven its model beside the server: from now on it can step in. */
const deviceIsReady = (lens: Lens) =>
  expect(badge(lens)).toHaveAttribute('data-device', 'ready', { timeout: 60_000 });

/** Ms of the page's clock. */
const pageNow = ({ page }: Lens) => page.evaluate(() => performance.now());

const catTracks = (lens: Lens) =>
  lens.boxes('cat').evaluateAll((boxes) => boxes.map(({ dataset }) => dataset.track));

/** The longest time without a cat on the screen. */
const longestGapMs = async (lens: Lens, fromMs: number) =>
  longestWithoutMs(
    (await lens.recording()).shown,
    fromMs,
    await pageNow(lens),
    ({ label }) => label === 'cat',
  );

function longestWithoutMs(
  shown: Recording['shown'],
  fromMs: number,
  toMs: number,
  isWanted: (label: { label: string }) => boolean,
): number {
  let longest = 0;
  shown.forEach(({ atMs, labels }, index) => {
    if (labels.some(isWanted)) return;
    const untilMs = shown[index + 1]?.atMs ?? toMs;
    longest = Math.max(longest, untilMs - Math.max(fromMs, atMs));
  });
  return longest;
}

const placesSince = async (lens: Lens, sinceMs: number) =>
  (await lens.recording()).places.filter(({ atMs }) => atMs >= sinceMs);

for (const [how, stop] of [
  ['breaks', (link: ShapedLink) => link.cut()],
  ['falls silent', (link: ShapedLink) => link.stall(8_000)],
] as const) {
  test(`the link to the server ${how}: the device goes on within 1 s, and the server is back within 10 s of its return`, async ({
    openBehindLink,
  }) => {
    const { lens, link } = await openBehindLink();
    await expect(lens.boxes('cat')).toHaveCount(1);
    await expect(badge(lens)).toHaveAttribute('data-backend', 'server');
    await deviceIsReady(lens);
    const tracks = await catTracks(lens);

    const cutAtMs = await pageNow(lens);
    stop(link);
    await expect(badge(lens)).toHaveAttribute('data-backend', 'device');
    await expect(lens.boxes('cat')).toHaveCount(1);
    const [left] = await placesSince(lens, cutAtMs);
    await expect(lens.page.getByTestId('overlay')).toHaveAttribute('data-backend', 'device');
    const { drawn } = await lens.recording();
    const firstAtMs = drawn.findLast(({ place }) => place === 'device')?.atMs ?? Number.NaN;
    const gapMs = await longestGapMs(lens, cutAtMs);
    console.log(
      `    left after ${((left?.atMs ?? Number.NaN) - cutAtMs).toFixed(0)} ms (${left?.reason}), first label of the ` +
        `device after ${(firstAtMs - cutAtMs).toFixed(0)} ms, without labels for ${gapMs.toFixed(0)} ms`,
    );
    // What is on the screen holds for a second: who is silent may be asked for about as long.
    if (how === 'breaks') expect(firstAtMs - cutAtMs).toBeLessThan(1_000);
    expect(gapMs).toBeLessThan(1_000);
    expect(await catTracks(lens), 'the same thing keeps its number').toEqual(tracks);
    await expect(lens.main, 'nothing alarming is said').toHaveAttribute('data-connection', 'open');

    // What falls silent comes back by itself.
    const mendedAtMs = how === 'breaks' ? await pageNow(lens) : cutAtMs + 8_000;
    link.mend();
    await expect(badge(lens)).toHaveAttribute('data-backend', 'server', { timeout: 25_000 });
    const [back] = await placesSince(lens, mendedAtMs);
    const backAfterMs = (back?.atMs ?? Number.NaN) - mendedAtMs;
    console.log(`    back at the server after ${backAfterMs.toFixed(0)} ms`);
    expect(backAfterMs).toBeLessThan(10_000);
    await expect(lens.boxes('cat')).toHaveCount(1);
    expect(await catTracks(lens)).toEqual(tracks);
  });
}

test('a link that comes and goes every 2 s for a minute: at most two switches, and labels all the time', async ({
  openBehindLink,
}) => {
  test.setTimeout(180_000);
  const { lens, link } = await openBehindLink();
  await expect(lens.boxes('cat')).toHaveCount(1);
  await deviceIsReady(lens);
  const startedAtMs = await pageNow(lens);
  for (let turn = 0; turn < 30; turn += 1) {
    if (turn % 2 === 0) link.cut();
    else link.mend();
    await lens.page.waitForTimeout(2_000);
  }
  const switches = Number(await badge(lens).getAttribute('data-switches'));
  const gapMs = await longestGapMs(lens, startedAtMs);
  console.log(`    ${switches} switches, longest time without labels ${gapMs.toFixed(0)} ms`);
  expect(switches).toBeGreaterThanOrEqual(1);
  expect(switches).toBeLessThanOrEqual(2);
  expect(gapMs).toBeLessThan(1_000);
});

/** Requests that carry anything to the server, and sockets, from now on. */
function watchSent({ page }: Lens): string[] {
  const sent: string[] = [];
  page.on('websocket', (socket) => {
    sent.push(`socket ${socket.url()}`);
  });
  page.on('request', (request) => {
    if (request.method() !== 'GET') sent.push(`${request.method()} ${request.url()}`);
  });
  return sent;
}

test('"This device", chosen before: labels come, of a camera and of a picture, and no frame leaves the page', async ({
  open,
}) => {
  const lens = await open({ camera: 'cat-pan', place: 'device' });
  const sent = watchSent(lens);
  // From its first moment on.
  await lens.page.reload();
  await cameraStarts(lens);
  await expect(badge(lens)).toHaveAttribute('data-backend', 'device');
  await expect(lens.boxes('cat')).toHaveCount(1, { timeout: 60_000 });
  await lens.watch(2_000);
  await lens.page.getByTestId('picture-input').setInputFiles(path.join(ROOT, 'e2e/media/cup.png'));
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await expect(lens.boxes('cup')).toHaveCount(1);
  expect(sent).toEqual([]);
  expect(lens.answers).toHaveLength(0);
});

test('"This device", chosen while the server looks: from then on no frame leaves the page', async ({
  open,
}) => {
  const lens = await open({ camera: 'cat-pan', place: 'default' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  let framesSent = 0;
  await lens.page.exposeFunction('noteFrame', () => {
    framesSent += 1;
  });
  await badge(lens).click();
  await lens.page.getByRole('radio', { name: 'This device' }).check();
  await expect(badge(lens)).toHaveAttribute('data-backend', 'device');
  await lens.page.evaluate(() => {
    // What is still to be sent on any socket, the one that is open included, is told.
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (data) {
      void (window as unknown as { noteFrame(): Promise<void> }).noteFrame();
      send.call(this, data);
    };
  });
  const sent = watchSent(lens);
  await expect(lens.page.getByTestId('overlay')).toHaveAttribute('data-backend', 'device', {
    timeout: 60_000,
  });
  await expect(lens.boxes('cat')).toHaveCount(1);
  await lens.watch(2_000);
  expect(sent).toEqual([]);
  expect(framesSent).toBe(0);

  // And back, with the server and what is behind it as they were.
  await lens.page.getByRole('radio', { name: 'Server' }).check();
  await expect(lens.page.getByTestId('overlay')).toHaveAttribute('data-backend', 'server');
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('a new version of the model takes over while the page streams on the device', async ({
  open,
  serve,
}) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  await cp(path.join(ROOT, 'models'), dir, { recursive: true });
  const { url } = await serve({ env: { MODELS_DIR: dir } });
  const lens = await open({ url, camera: 'cup-pan', place: 'device' });
  await cameraStarts(lens);
  await expect(lens.boxes('cup')).toHaveCount(1, { timeout: 60_000 });
  const fromMs = await pageNow(lens);
  await publish(path.join(dir, 'coco-ssd'), await renamed('cup', 'mug'));
  await expect(lens.boxes('mug')).toHaveCount(1, { timeout: 60_000 });
  await expect(lens.boxes('cup')).toHaveCount(0);
  const { shown } = await lens.recording();
  const gapMs = longestWithoutMs(shown, fromMs, await pageNow(lens), () => true);
  console.log(
    `    without labels for ${gapMs.toFixed(0)} ms, on the cores that prove both the server's version and this one`,
  );
  await rm(dir, { recursive: true });
});
