import { availableParallelism } from 'node:os';
import { startBuiltServer } from '../builtServer.ts';
import { launchChromium } from '../chromium.ts';
import { startDeviceChromium } from '../deviceChromium.ts';
import type { DeviceRun } from '../devicePage.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { median } from '../stats.ts';
import { startTfjsChromium } from '../tfjsChromium.ts';

const ROUNDS = 4;
const ROUND_MS = 3_000;

/**
 * A model on the device, in Chromium, against TensorFlow.js with the same weights on its WebAssembly backend, both in
 * workers of the same browser and with as many threads. `graph`: pixels to outputs. `label`: a photo of 600x400 to
 * labels, ours with goldens proven and the check for a still scene, theirs as the coco-ssd package does it. The
 * sides take turns. Ours twice, with either runtime of the product.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const rows: BenchResult[] = [];
  const most = Math.min(4, availableParallelism());
  for (const threads of new Set([1, most])) rows.push(...(await compare(server.url, threads)));
  await server.close();
  return rows;
};

async function compare(url: string, threads: number): Promise<BenchResult[]> {
  const browser = await launchChromium();
  const ours = await startDeviceChromium(browser, { url, threads });
  const liteRt = await startDeviceChromium(browser, { url, threads, provider: 'litert' });
  const theirs = await startTfjsChromium(browser, { threads });
  const runs: DeviceRun[] = [];
  const liteRtRuns: DeviceRun[] = [];
  const theirLabelsMs: number[] = [];
  const over = { graph: [] as number[], label: [] as number[] };
  const liteRtOver = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const graphMs = await theirs.run('graph', ROUND_MS);
    const here = await ours.run({ durationMs: ROUND_MS });
    const there = await liteRt.run({ durationMs: ROUND_MS });
    const labelsMs = await theirs.run('detect', ROUND_MS);
    runs.push(...here);
    liteRtRuns.push(...there);
    theirLabelsMs.push(...labelsMs);
    over.graph.push(median(graphMs) / medianOf(here, 'inferMs'));
    over.label.push(median(labelsMs) / medianOf(here, 'wholeMs'));
    liteRtOver.ours.push(medianOf(here, 'wholeMs') / medianOf(there, 'wholeMs'));
    liteRtOver.theirs.push(median(labelsMs) / medianOf(there, 'wholeMs'));
  }
  const parts = await ours.page.evaluate(() => window.deviceBench.parts());
  await theirs.close();
  await browser.close();

  const name = `device, threads: ${ours.threads}`;
  const [wholeMs, drawMs, inferMs] = [
    medianOf(runs, 'wholeMs'),
    medianOf(runs, 'drawMs'),
    medianOf(runs, 'inferMs'),
  ];
  return [
    result(name, 1_000 / wholeMs, 'labels/s'),
    result(`${name}, tfjs coco-ssd`, 1_000 / median(theirLabelsMs), 'labels/s'),
    result(`${name}, label: tfjs / ours`, median(over.label), '', { atLeast: 1 }),
    result(`${name}, graph: tfjs / ours`, median(over.graph), '', { atLeast: 1 }),
    result(`${name}, LiteRT.js`, 1_000 / medianOf(liteRtRuns, 'wholeMs'), 'labels/s'),
    result(`${name}, label: ours / LiteRT.js`, median(liteRtOver.ours), ''),
    result(`${name}, label: tfjs / LiteRT.js`, median(liteRtOver.theirs), ''),
    result(`${name}, LiteRT.js, of a label: graph`, medianOf(liteRtRuns, 'inferMs'), 'ms'),
    result(`${name}, from opening to proven goldens`, ours.openMs, 'ms'),
    result(`${name}, LiteRT.js, from opening to proven goldens`, liteRt.openMs, 'ms'),
    result(`${name}, of a label: graph`, inferMs, 'ms'),
    result(`${name}, of a label: picture to pixels`, drawMs, 'ms'),
    result(`${name}, of it drawing and reading back`, parts.draw, 'ms'),
    result(`${name}, of it searching for changes`, parts.still, 'ms'),
    result(`${name}, of it RGBA to RGB`, parts.rgb, 'ms'),
    result(
      `${name}, of a label: labels, and the way to the worker and back`,
      wholeMs - drawMs - inferMs,
      'ms',
    ),
  ];
}

const medianOf = (runs: readonly DeviceRun[], part: keyof DeviceRun) => median(runs.map((run) => run[part]));
