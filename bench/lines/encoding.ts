import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { build } from 'esbuild';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import { decode, setDecodeThreads } from '../../server/inference/decode.ts';
import { openModel } from '../../server/inference/model.ts';
import { readModelFolder } from '../../server/library/modelFolder.ts';
import { pairLabels } from '../../vision/pairLabels.ts';
import type { DetectionAnswer } from '../../vision/tasks/objectDetection.ts';
import { launchChromium } from '../chromium.ts';
import type { EncodedFrame, EncodeOrder, FrameSetting } from '../encoding/encodePage.ts';
import { TRUTH_VARIABLE } from '../precision/truthFolder.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { median } from '../stats.ts';

/** The first is what the others are compared with: all that the page drew. */
const SETTINGS: readonly FrameSetting[] = [
  { type: 'image/png', quality: 1, scale: 1 },
  ...[0.5, 0.7, 0.8, 0.9].map((quality) => ({ type: 'page', quality, scale: 1 }) as const),
  ...[0.5, 0.7, 0.8, 0.9, 1].map((quality) => ({ type: 'image/jpeg', quality, scale: 1 }) as const),
  ...[0.7, 0.9].map((quality) => ({ type: 'image/jpeg', quality, scale: 2 }) as const),
  ...[0.9, 1].map((quality) => ({ type: 'image/webp', quality, scale: 1 }) as const),
];
const BEST = { type: 'page', quality: 0.9 } as const;
const KEPT_SHARE = 91 / 93;

type Detection = DetectionAnswer['detections'][number];

/**
 * What the encoding of frames costs in labels: pictures, drawn and encoded by Chromium as the page does it, decoded and labelled as the
 * server does it, next to what is found in the uncompressed canvas.
 */
export const measure: BenchLine = async () => {
  setDecodeThreads(1);
  const folder = await readModelFolder('models/coco-ssd');
  const { input, minScore } = folder.manifest;
  const model = await openModel(folder, 1);
  const labelsOf = async (image: Uint8Array): Promise<readonly Detection[]> => {
    const format = imageFormatOf(image);
    if (format === undefined) throw new Error('No picture.');
    const { pixels } = await decode(image, format, input, { maxPixels: 60_000_000, isFitted: true });
    return ((await model.run(pixels)) as DetectionAnswer).detections;
  };
  const { encode, close } = await openEncoder();
  const sums = SETTINGS.map(() => ({
    kept: 0,
    added: 0,
    differences: [] as number[],
    bytes: 0,
    times: [] as number[],
  }));
  let labels = 0;
  const pictures = await pictureFiles();
  for (const file of pictures) {
    const base64 = (await readFile(file)).toString('base64');
    const frames = await encode({ base64, input: { ...input, fit: 'stretch' }, settings: SETTINGS });
    let whole: readonly Detection[] = [];
    for (const [at, frame] of frames.entries()) {
      const sum = sums[at];
      if (frame === undefined || sum === undefined) continue;
      const image = Buffer.from(frame.base64, 'base64');
      const found = await labelsOf(image);
      if (at === 0) whole = found;
      const shown = whole.filter(({ score }) => score >= minScore.default);
      if (at === 0) labels += shown.length;
      let kept = 0;
      for (const [one, match] of pairLabels(shown, found)) {
        sum.differences.push(Math.abs(one.score - (match?.score ?? minScore.floor)));
        if (match && match.score >= minScore.default) kept += 1;
      }
      sum.kept += kept;
      sum.added += found.filter(({ score }) => score >= minScore.default).length - kept;
      sum.bytes += image.byteLength;
      sum.times.push(frame.encodeMs);
    }
  }
  await close();
  await model.release();
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return SETTINGS.flatMap((setting, at): BenchResult[] => {
    const sum = sums[at];
    if (sum === undefined || sum.times.length === 0) return [];
    const isBest = setting.type === BEST.type && setting.quality === BEST.quality;
    const size = setting.scale === 1 ? '' : `, ${setting.scale} times the size`;
    const what = `encoding: ${setting.type} ${setting.quality}${size}`;
    const kept = `${what}: labels kept of ${labels} (${sum.added} more)`;
    return [
      result(kept, sum.kept, '', isBest ? { atLeast: Math.floor(KEPT_SHARE * labels) } : undefined),
      result(`${what}: scores differ by, mean`, mean(sum.differences), ''),
      result(`${what}: scores differ by, at most`, Math.max(...sum.differences), ''),
      result(`${what}: a frame`, sum.bytes / pictures.length / 1_000, 'kB'),
      result(`${what}: encoding, median`, median(sum.times), 'ms'),
    ];
  });
};

/** Those of a folder in COCO's form, or the photos of the tests. */
async function pictureFiles(): Promise<string[]> {
  const truth = process.env[TRUTH_VARIABLE];
  const dir = truth === undefined ? 'e2e/media' : path.join(truth, 'images');
  const names = (await readdir(dir)).filter((name) => /^(?!cmyk).*\.(jpe?g|png)$/.test(name)).sort();
  return names.map((name) => path.join(dir, name));
}

async function openEncoder() {
  const { outputFiles } = await build({
    entryPoints: ['bench/encoding/encodePage.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  const script = outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
  await page.waitForFunction(() => 'encodingBench' in window);
  return {
    encode: (order: EncodeOrder): Promise<(EncodedFrame | undefined)[]> =>
      page.evaluate((given) => window.encodingBench.encode(given), order),
    async close() {
      await browser.close();
      server.close();
    },
  };
}
