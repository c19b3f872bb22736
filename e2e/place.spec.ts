import { type ShapedLink, startShapedLink } from '../bench/shapedLink.ts';
import { cameraStarts, type Lens, type LensOptions } from './harness/lens.ts';
import type { Recording } from './harness/recorder.ts';
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
        camera: 'cat-glide',
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

const badge = ({ page }: Lens) => page.getByTestId('place');

/** The device has loaded and proven its model while the server answers: from now on it can take over. */
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

/** Longer than the page waits for a server that is silent. */
const SILENCE_MS = 5_000;

for (const [how, stop] of [
  ['breaks', (link: ShapedLink) => link.cut()],
  ['falls silent', (link: ShapedLink) => link.stall(SILENCE_MS)],
] as const) {
  test(`the link to the server ${how}: the device goes on within 1 s, and the server is back within 10 s of its return`, async ({
    openBehindLink,
  }) => {
    const { lens, link } = await openBehindLink();
    await expect(lens.boxes('cat')).toHaveCount(1);
    await expect(badge(lens)).toHaveAttribute('data-backend', 'server');
    await deviceIsReady(lens);
    // The warm-up of the device delays answers, and the page waits longer for a server whose answers of the last 5 s took long.
    const readyAtMs = performance.now();
    if (how === 'falls silent') {
      await expect.poll(() => (lens.answers.at(-1)?.atMs ?? 0) - readyAtMs).toBeGreaterThan(5_000);
    }
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
    const mendedAtMs = how === 'breaks' ? await pageNow(lens) : cutAtMs + SILENCE_MS;
    link.mend();
    await expect(badge(lens)).toHaveAttribute('data-backend', 'server');
    const [back] = await placesSince(lens, mendedAtMs);
    const backAfterMs = (back?.atMs ?? Number.NaN) - mendedAtMs;
    console.log(`    back at the server after ${backAfterMs.toFixed(0)} ms`);
    expect(backAfterMs).toBeLessThan(10_000);
    await expect(lens.boxes('cat')).toHaveCount(1);
    expect(await catTracks(lens)).toEqual(tracks);
  });
}

/** Of 2 s each; `TURNS=30` makes a minute. app/recognizers/autoPolicy.test.ts plays minutes, at three phases and in three ways. */
const TURNS = Number(process.env.TURNS ?? 4);

test('a link that comes and goes every 2 s: at most two switches, and labels all the time', async ({
  openBehindLink,
}) => {
  const { lens, link } = await openBehindLink();
  await expect(lens.boxes('cat')).toHaveCount(1);
  await deviceIsReady(lens);
  const startedAtMs = await pageNow(lens);
  for (let turn = 0; turn < TURNS; turn += 1) {
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
