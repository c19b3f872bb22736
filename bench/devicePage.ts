import { lumaGrid } from '../app/capture/stillness.ts';
import { createModelInput } from '../app/device/runtime/modelInput.ts';
import { ModelWorker } from '../app/device/runtime/modelWorker.ts';
import { runtimeUrlOf } from '../app/device/runtime/runtimeAhead.ts';
import type { DeviceModel } from '../vision/deviceModel.ts';
import { modelInfo } from '../vision/modelInfo.ts';
import { taskOf } from '../vision/tasks/taskOf.ts';
import { median } from './stats.ts';
import type { TfjsAnswer, TfjsJob } from './tfjs.worker.ts';

/**
 * Runs in a browser, on a page of the server's origin: the product's own model of this device, without a camera, and
 * TensorFlow.js next to it. Each is in a worker of its own, and idle but while it is asked.
 */
declare global {
  interface Window {
    deviceBench: typeof deviceBench;
  }
}

/** What one picture took, ms. */
export interface DeviceRun {
  /** From the page's asking to its having the labels. */
  wholeMs: number;
  /** As the session tells them. */
  drawMs: number;
  inferMs: number;
}

/** What the page can be asked for. */
export interface DeviceRequests {
  /** Opens the product's model with a runtime, and proves it by its goldens. */
  open(given: { provider: 'wasm' | 'litert'; threads: number }): { openMs: number };
  run(given: { provider: 'wasm' | 'litert'; until: { durationMs: number } | { count: number } }): DeviceRun[];
  /** Opens TensorFlow.js, and runs it until it is warm. */
  openTfjs(given: { threads: number }): object;
  /** How long each run took, ms. */
  runTfjs(given: TfjsJob): number[];
  /** What a picture's way into the graph takes, step by step; medians, ms. */
  parts(given: object): { draw: number; still: number; rgb: number };
}

type DeviceOutcome<Value> = { value: Value } | { error: string };

const MODEL = '/v1/models/coco-ssd';
const PART_RUNS = 50;

const files = { load: async (sha256: string) => (await fetch(`${MODEL}/files/${sha256}`)).arrayBuffer() };
const sessions = new Map<string, ModelWorker>();
let tfjs: Worker | undefined;

const bitmapOfPhoto = async () => createImageBitmap(await (await fetch('/bench/photo.png')).blob());
const loaded = (async () => {
  const model: DeviceModel = await (await fetch(`${MODEL}/device`)).json();
  return { model, photo: await bitmapOfPhoto() };
})();

const ANSWERS: {
  [Name in keyof DeviceRequests]: (
    given: Parameters<DeviceRequests[Name]>[0],
  ) => Promise<ReturnType<DeviceRequests[Name]>>;
} = {
  async open({ provider, threads }) {
    const { model } = await loaded;
    const startedAt = performance.now();
    // Not a whole session: that would change its runtime while it is measured.
    const session = await ModelWorker.open({
      model,
      files,
      signal: new AbortController().signal,
      runtimeUrl: runtimeUrlOf(provider),
      choice: { provider, threads },
    });
    const openMs = performance.now() - startedAt;
    // Else its speed means nothing.
    if (!session.certificate.passes) throw new Error('The goldens do not pass in this browser.');
    requireThreads(session.provider.threads, threads);
    sessions.set(provider, session);
    return { openMs };
  },
  async run({ provider, until }) {
    const session = sessions.get(provider);
    if (session === undefined) throw new Error(`${provider} is not open.`);
    const { photo } = await loaded;
    const runs: DeviceRun[] = [];
    const startedAt = performance.now();
    const isDone = () =>
      'count' in until ? runs.length >= until.count : performance.now() - startedAt >= until.durationMs;
    while (!isDone()) runs.push(await runOnce(session, photo));
    return runs;
  },
  async openTfjs({ threads }) {
    const worker = new Worker('/bench/tfjs.worker.js', { name: `${threads}` });
    tfjs = worker;
    requireThreads(Number(await answerOf(worker)), threads);
    return {};
  },
  async runTfjs(job) {
    if (tfjs === undefined) throw new Error('TensorFlow.js is not open.');
    const answer = answerOf(tfjs);
    tfjs.postMessage(job);
    return (await answer) as number[];
  },
  async parts() {
    const { model, photo } = await loaded;
    const info = modelInfo(model).input;
    const input = await createModelInput(info);
    const timesMs = { draw: [] as number[], still: [] as number[], rgb: [] as number[] };
    for (let run = 0; run < PART_RUNS; run++) {
      const startedAt = performance.now();
      const { rgba } = await input.draw(photo);
      const drawnAt = performance.now();
      lumaGrid(rgba, info.width, info.height);
      const comparedAt = performance.now();
      input.toRgb(rgba);
      timesMs.draw.push(drawnAt - startedAt);
      timesMs.still.push(comparedAt - drawnAt);
      timesMs.rgb.push(performance.now() - comparedAt);
    }
    return { draw: median(timesMs.draw), still: median(timesMs.still), rgb: median(timesMs.rgb) };
  },
};

/** Sides are compared on equal numbers of them. */
function requireThreads(has: number, wanted: number): void {
  if (has !== wanted) throw new Error(`It runs on ${has} threads, not on ${wanted}.`);
}

async function runOnce(session: ModelWorker, photo: ImageBitmap): Promise<DeviceRun> {
  // Made before, as it is handed over: a camera's picture is there, too.
  const picture = await createImageBitmap(photo);
  const startedAt = performance.now();
  const result = await session.run(picture, { skipUnchanged: false, isSecondary: false });
  const wholeMs = performance.now() - startedAt;
  if (!result.answer || taskOf(result.answer.task).labelsOf(result.answer).length === 0)
    throw new Error('Nothing was seen in the photo.');
  return { wholeMs, drawMs: result.drawMs, inferMs: result.inferMs };
}

const answerOf = (worker: Worker) =>
  new Promise<TfjsAnswer['value']>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<TfjsAnswer>) => {
      if (data.error === undefined) resolve(data.value);
      else reject(new Error(`TensorFlow.js: ${data.error}`));
    };
    worker.onerror = (event) => reject(new Error(`TensorFlow.js: ${event.message}`));
  });

let pending: Promise<DeviceOutcome<unknown>> | undefined;

/** One request after the other, begun and awaited apart: drivers give up on a script after half a minute. */
const deviceBench = {
  begin<Name extends keyof DeviceRequests>({
    name,
    given,
  }: {
    name: Name;
    given: Parameters<DeviceRequests[Name]>[0];
  }): void {
    pending = ANSWERS[name](given).then(
      (value) => ({ value }),
      (error: unknown) => ({ error: String(error) }),
    );
  },
  /** What came of it; null while it lasts. */
  outcome: (withinMs: number): Promise<DeviceOutcome<unknown> | null> =>
    Promise.race([pending ?? null, new Promise<null>((resolve) => setTimeout(resolve, withinMs, null))]),
};

window.deviceBench = deviceBench;
