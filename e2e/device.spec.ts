import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { quantile } from '../protocol/quantile.ts';
import { iou } from '../vision/geometry.ts';
import { GOLDEN_TOLERANCE } from '../vision/tasks/comparison.ts';
import { framesOf } from './footage/clips.ts';
import { drawClip } from './footage/footage.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';
import type { SeenLabel } from './workbench/parity.ts';
import { openWorkbench } from './workbench/workbench.ts';

test('a model runs in the browser, and its goldens prove it', async ({ browsers, server }) => {
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  await openWorkbench(page, server);
  const { session, seen, again, aside } = await page.evaluate(async () => {
    const { openDeviceSession, fetchModel, files, picture } = window.workbench;
    const { signal } = new AbortController();
    const opened = await openDeviceSession({ model: await fetchModel(), files, signal });
    const look = async (options: { skipUnchanged: boolean; isSecondary: boolean }) =>
      opened.run(await picture('/workbench/media/cat.png'), options);
    const { provider, certificate, info } = opened;
    const result = {
      session: { provider, certificate, info, isIsolated: crossOriginIsolated },
      seen: await look({ skipUnchanged: true, isSecondary: false }),
      again: await look({ skipUnchanged: true, isSecondary: false }),
      aside: await look({ skipUnchanged: true, isSecondary: true }),
    };
    opened.close();
    return result;
  });
  expect(session.certificate).toMatchObject({
    passes: true,
    withRecord: { goldens: 4, sameTop: 4, problems: [] },
  });
  expect(session.certificate.withRecord.largestDifference).toBeLessThan(0.001);
  expect(session.provider).toMatchObject({ provider: 'wasm', runtime: 'onnxruntime-web 1.30.0' });
  expect(session.isIsolated, 'threads need it').toBe(true);
  expect(session.info).toMatchObject({ id: 'coco-ssd', input: { width: 300, height: 300 } });
  expect(seen).toMatchObject({ changed: true, answer: { detections: [{ label: 'cat' }] } });
  expect(again, 'the same picture is not processed').toEqual({ changed: false, answer: undefined });
  expect(aside, 'but as a frame of a secondary model it is').toMatchObject({ answer: { detections: [{}] } });
  await page.close();
});

test('device and server agree on all goldens and 30 frames of footage; what JPEG changes is measured separately', async ({
  browsers,
  server,
}) => {
  const frames = framesOf('tour')
    .concat(framesOf('cat-pan'), framesOf('cup-pan'), framesOf('person-pan'))
    .filter((_, number, all) => number % Math.floor(all.length / 30) === 0)
    .slice(0, 30);
  const goldens = await Promise.all(
    ['cat', 'cup', 'astronaut', 'rocket'].map((name) =>
      readFile(path.join(ROOT, `models/coco-ssd/goldens/${name}.png`)),
    ),
  );
  const pictures = [
    ...goldens.map((bytes) => `data:image/png;base64,${bytes.toString('base64')}`),
    ...(await drawClip(frames)).map((bytes) => `data:image/jpeg;base64,${bytes.toString('base64')}`),
  ];
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  await openWorkbench(page, server);
  const worst = { score: 0, iou: 1, jpegScore: 0, jpegIou: 1 };
  let labels = 0;
  let lostByJpeg = 0;
  const jpegScores: number[] = [];
  await page.evaluate(() => window.workbench.openParity());
  for (const [number, picture] of pictures.entries()) {
    const seen = await page.evaluate((url) => window.workbench.seenBy(url), picture);
    const lossless = pair(seen.device, seen.server);
    expect(lossless.missing, `picture ${number}: what only one of them sees`).toEqual([]);
    for (const { score, overlap } of lossless.pairs) {
      worst.score = Math.max(worst.score, score);
      worst.iou = Math.min(worst.iou, overlap);
    }
    labels += lossless.pairs.length;
    const lossy = pair(seen.device, seen.serverJpeg);
    lostByJpeg += lossy.missing.length;
    for (const { score, overlap } of lossy.pairs) {
      jpegScores.push(score);
      worst.jpegScore = Math.max(worst.jpegScore, score);
      worst.jpegIou = Math.min(worst.jpegIou, overlap);
    }
  }
  console.log(
    `${pictures.length} pictures, ${labels} labels: largest difference of scores ${worst.score.toFixed(4)}, ` +
      `least IoU ${worst.iou.toFixed(4)}. As JPEG of quality 0.7: ${worst.jpegScore.toFixed(4)} ` +
      `(median ${(quantile(jpegScores, 0.5) ?? 0).toFixed(4)}), ${worst.jpegIou.toFixed(4)}, and ${lostByJpeg} labels on one side only.`,
  );
  expect(labels).toBeGreaterThan(20);
  expect(worst.score).toBeLessThan(GOLDEN_TOLERANCE.score);
  expect(worst.iou).toBeGreaterThan(GOLDEN_TOLERANCE.iou);
  await page.close();
});

/** Labels are sought from this score on; one that is nearer to it than the tolerance may be on either side. */
const MIN_SCORE = 0.3;

/** What both see, best overlap first, and what only one sees. */
function pair(ours: readonly SeenLabel[], theirs: readonly SeenLabel[]) {
  const left = [...theirs];
  const pairs: { score: number; overlap: number }[] = [];
  const missing: string[] = [];
  for (const { label, score, box } of ours) {
    const candidates = left
      .filter((other) => other.label === label)
      .sort((a, b) => iou(b.box, box) - iou(a.box, box));
    const [match] = candidates;
    if (match && iou(match.box, box) > 0.5) {
      left.splice(left.indexOf(match), 1);
      pairs.push({ score: Math.abs(match.score - score), overlap: iou(match.box, box) });
    } else if (score >= MIN_SCORE + GOLDEN_TOLERANCE.score) missing.push(`device: ${label} ${score}`);
  }
  for (const { label, score } of left) {
    if (score >= MIN_SCORE + GOLDEN_TOLERANCE.score) missing.push(`server: ${label} ${score}`);
  }
  return { pairs, missing };
}

test('WebGPU is tried in addition to WebAssembly, loses where there is no GPU, and that is remembered', async ({
  browsers,
  server,
}) => {
  // Played by the processor: all of it runs, and nothing is gained.
  const flags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags });
  const page = await browser.newPage();
  await openWorkbench(page, server);
  const quick = await page.evaluate(() => window.workbench.tryGpu(false));
  expect(quick.provider).toMatchObject({ provider: 'wasm', why: 'WebGPU: only in software' });
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  const { before, provider, detections, next } = await page.evaluate(() => window.workbench.tryGpu(true));
  expect(loaded.some((url) => url.endsWith('asyncify.wasm'))).toBe(true);
  expect(before.why).toBe('WebGPU was not tried yet');
  expect(provider.provider).toBe('wasm');
  expect(provider.why).toMatch(/^WebGPU(: not ready within| \d+ ms, wasm \d+ ms)/);
  expect(detections).toMatchObject([{ label: 'cat' }]);
  expect(next, 'the next visit').toMatchObject({ provider: 'wasm', why: provider.why });
  await page.close();
});

test('LiteRT.js is raced in the same way; where it won, it answers as recorded, and the other runtime is not fetched', async ({
  browsers,
  server,
}) => {
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  await openWorkbench(page, server);
  const warnings: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'warning') warnings.push(message.text());
  });
  const { before, after, next } = await page.evaluate(() => window.workbench.raceRuntimes());
  expect(before).toMatchObject({ provider: 'wasm', race: [] });
  const [wasm, liteRt] = after.race;
  expect(after.race).toMatchObject([
    { provider: 'wasm', threads: 1 },
    { provider: 'litert', threads: 1 },
  ]);
  // Which of them is faster depends on the machine, and on what else it does.
  const winner = (liteRt?.medianMs ?? 0) < 0.9 * (wasm?.medianMs ?? 0) ? 'litert' : 'wasm';
  expect([after.provider, next.provider]).toEqual([winner, winner]);
  expect(next.race, 'the next visit').toEqual(after.race);

  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  const { provider, certificate, detections } = await page.evaluate(() => window.workbench.openAsWinner(2));
  expect(provider).toMatchObject({ provider: 'litert', threads: 2, runtime: 'LiteRT.js 2.5.3' });
  expect(certificate).toMatchObject({ passes: true, withRecord: { goldens: 4, sameTop: 4, problems: [] } });
  expect(certificate.withRecord.largestDifference).toBeLessThan(0.001);
  expect(detections).toMatchObject([{ label: 'cat' }]);
  expect(loaded.some((url) => url.endsWith('litert_wasm_threaded_internal.wasm'))).toBe(true);
  expect(loaded.filter((url) => /\/ort[.-]/.test(url))).toEqual([]);
  expect(warnings).toEqual([]);
  await page.close();
});

test('a LiteRT.js that gives other answers is refused', async ({ browsers, server }) => {
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  await openWorkbench(page, { ...server, liteRtGraph: path.join(ROOT, 'e2e/workbench/otherAnswers.ts') });
  const { after, next } = await page.evaluate(() => window.workbench.raceRuntimes());
  expect(after).toMatchObject({ provider: 'wasm', why: 'LiteRT.js, 1 thread: goldens differ', race: [] });
  expect(next, 'the next visit').toMatchObject({ provider: 'wasm' });
  await page.close();
});

/** Enough to see a leak of a picture's pixels or of a tensor (1 MB each): 30 MB. `PICTURES=2000` takes four minutes or more. */
const PICTURES = Number(process.env.PICTURES ?? 40);

test('many pictures later the model takes no more memory', async ({ browsers, server }) => {
  test.setTimeout(600_000);
  // Memory is measured at once: by default the browser waits up to 20 s for a collection of garbage that comes anyway.
  const flags = ['--enable-blink-features=ForceEagerMeasureMemory'];
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags });
  const page = await browser.newPage();
  await openWorkbench(page, server);
  await page.evaluate(() => window.workbench.openParity());
  const megabytes: number[] = [];
  for (const quarter of [1, 2, 3, 4]) {
    await page.evaluate((count) => window.workbench.runPictures(count), PICTURES / 4);
    const bytes = await page.evaluate(() => window.workbench.memoryBytes());
    megabytes.push(Math.round(bytes / 2 ** 20));
    console.log(`    after ${(quarter * PICTURES) / 4} pictures: ${megabytes.at(-1)} MB`);
  }
  const [first = 0, ...later] = megabytes;
  expect(Math.max(...later) - first, 'growth in MB').toBeLessThan(5);
  await page.close();
});
