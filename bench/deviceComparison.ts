import { availableParallelism } from 'node:os';
import { startBuiltServer } from './builtServer.ts';
import { type DevicePage, openDevicePage } from './deviceBrowser.ts';
import type { DeviceRun } from './devicePage.ts';
import { BROWSER_NAMES, type BrowserName, openBrowser } from './pageDriver.ts';
import { descendantsCpuMs } from './processTree.ts';
import { type BenchResult, result } from './result.ts';
import { median, medianRatio } from './stats.ts';

const ROUNDS = 4;
/** A turn of one side. */
const TURN_MS = 3_000;

/**
 * A model on the device, in a browser, against TensorFlow.js with the same weights on its WebAssembly backend, both in
 * workers of the same page and with as many threads. `graph`: pixels to outputs. `label`: a photo of 600x400 to
 * labels, ours with goldens proven and the check for a still scene, theirs as the coco-ssd package does it. The
 * sides take turns. Ours twice, with either runtime of the product. By the clock, and by the processor time of all of the browser.
 */
export async function compareDevice(name: BrowserName): Promise<BenchResult[]> {
  const server = await startBuiltServer();
  const rows: BenchResult[] = [];
  const most = Math.min(4, availableParallelism());
  for (const threads of new Set([1, most])) rows.push(...(await compare(name, server.url, threads)));
  await server.close();
  return rows;
}

type Runtime = 'wasm' | 'litert';

/** What of one side was measured in all of its turns. */
interface Side {
  readonly runs: DeviceRun[];
  /** Median of each turn, ms. */
  readonly wholeMs: number[];
  /** Processor time of a label in each turn, ms. */
  readonly cpuMs: number[];
}

async function compare(browserName: BrowserName, url: string, threads: number): Promise<BenchResult[]> {
  const name = `device${browserName === 'chromium' ? '' : `, ${BROWSER_NAMES[browserName]}`}, threads: ${threads}`;
  const browser = await openBrowser(browserName);
  const page = await openDevicePage(browser, url);
  const opened = {
    wasm: await openRuntime(page, 'wasm', threads),
    litert: await openRuntime(page, 'litert', threads),
  };
  await page.ask('openTfjs', { threads });
  const graphMs: number[] = [];
  const ours = { wasm: emptySide(), litert: emptySide() };
  const theirs = emptySide();
  for (let round = 0; round < ROUNDS; round++) {
    graphMs.push(median(await page.ask('runTfjs', { what: 'graph', durationMs: TURN_MS })));
    for (const runtime of ['wasm', 'litert'] as const) {
      const until = { durationMs: TURN_MS };
      if (opened[runtime].problem === undefined)
        await takeTurn(ours[runtime], () => page.ask('run', { provider: runtime, until }));
    }
    await takeTurn(theirs, async () => {
      const times = await page.ask('runTfjs', { what: 'detect', durationMs: TURN_MS });
      return times.map((wholeMs) => ({ wholeMs, drawMs: Number.NaN, inferMs: Number.NaN }));
    });
  }
  const parts = await page.ask('parts', {});
  await page.close();
  await browser.close();

  const { wasm, litert } = ours;
  const [wholeMs, drawMs, inferMs] = [
    medianOf(wasm, 'wholeMs'),
    medianOf(wasm, 'drawMs'),
    medianOf(wasm, 'inferMs'),
  ];
  const overLiteRt = medianRatio(theirs.wholeMs, litert.wholeMs);
  const overWasm = medianRatio(theirs.wholeMs, wasm.wholeMs);
  const cpuOver = {
    wasm: medianRatio(theirs.cpuMs, wasm.cpuMs),
    litert: medianRatio(theirs.cpuMs, litert.cpuMs),
  };
  const { problem } = opened.litert;
  return [
    result(name, 1_000 / wholeMs, 'labels/s'),
    result(`${name}, tfjs coco-ssd`, 1_000 / medianOf(theirs, 'wholeMs'), 'labels/s'),
    result(`${name}, label: tfjs / ours`, overWasm, '', { atLeast: 1 }),
    result(`${name}, graph: tfjs / ours`, median(graphMs) / inferMs, '', { atLeast: 1 }),
    result(
      `${name}, LiteRT.js${problem === undefined ? '' : ` (${problem})`}`,
      1_000 / medianOf(litert, 'wholeMs'),
      'labels/s',
    ),
    result(`${name}, label: ours / LiteRT.js`, medianRatio(wasm.wholeMs, litert.wholeMs), ''),
    result(`${name}, label: tfjs / LiteRT.js`, overLiteRt, ''),
    result(`${name}, label: tfjs / the faster of ours`, larger(overLiteRt, overWasm), ''),
    result(`${name}, processor time of a label: ours / LiteRT.js`, medianRatio(wasm.cpuMs, litert.cpuMs), ''),
    result(
      `${name}, processor time of a label: tfjs / the faster of ours`,
      larger(cpuOver.litert, cpuOver.wasm),
      '',
    ),
    result(`${name}, processor time of a label: tfjs`, median(theirs.cpuMs), 'ms'),
    result(`${name}, LiteRT.js, of a label: graph`, medianOf(litert, 'inferMs'), 'ms'),
    result(`${name}, from opening to proven goldens`, opened.wasm.openMs, 'ms'),
    result(`${name}, LiteRT.js, from opening to proven goldens`, opened.litert.openMs, 'ms'),
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

/** A browser that lacks what a runtime needs is measured without it. */
async function openRuntime(page: DevicePage, provider: Runtime, threads: number) {
  try {
    const { openMs } = await page.ask('open', { provider, threads });
    return { openMs };
  } catch (error) {
    if (provider === 'wasm') throw error;
    return { openMs: Number.NaN, problem: String(error) };
  }
}

const emptySide = (): Side => ({ runs: [], wholeMs: [], cpuMs: [] });

async function takeTurn(side: Side, run: () => Promise<DeviceRun[]>): Promise<void> {
  const before = await descendantsCpuMs(process.pid);
  const runs = await run();
  side.cpuMs.push(((await descendantsCpuMs(process.pid)) - before) / runs.length);
  side.runs.push(...runs);
  side.wholeMs.push(median(runs.map(({ wholeMs }) => wholeMs)));
}

const medianOf = ({ runs }: Side, part: keyof DeviceRun) => median(runs.map((run) => run[part]));

/** Of two of which one may not have been measured. */
const larger = (one: number, other: number) => Math.max(Number.isNaN(one) ? 0 : one, other);
