import { serverUrl } from '../app/browser/basePath.ts';
import { lumaGrid } from '../app/capture/stillness.ts';
import { createModelInput } from '../app/device/runtime/modelInput.ts';
import { ModelWorker } from '../app/device/runtime/modelWorker.ts';
import type { ProviderChoice } from '../app/device/runtime/sessionJob.ts';
import { LITERT_URL, RUNTIME_URL } from '../app/offline/runtimeUrl.ts';
import type { DeviceModel } from '../vision/deviceModel.ts';
import { modelInfo } from '../vision/modelInfo.ts';
import { taskOf } from '../vision/tasks/taskOf.ts';
import { median } from './stats.ts';

/** Runs in a browser, on a page of the server's origin: the product's own model of this device, without a camera. */
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

const MODEL = '/v1/models/coco-ssd';
const PART_RUNS = 50;

const model: DeviceModel = await (await fetch(`${MODEL}/device`)).json();
const files = { load: async (sha256: string) => (await fetch(`${MODEL}/files/${sha256}`)).arrayBuffer() };
const photo = await createImageBitmap(await (await fetch('/bench/photo.png')).blob());

const deviceBench = {
  /** @throws Error where the goldens do not hold: then its speed means nothing */
  async open(choice: ProviderChoice) {
    // Not a whole session: that would change its runtime while it is measured.
    const session = await ModelWorker.open({
      model,
      files,
      signal: new AbortController().signal,
      runtimeUrl: serverUrl(choice.provider === 'litert' ? LITERT_URL : RUNTIME_URL),
      choice,
    });
    if (!session.certificate.passes) throw new Error('The goldens do not pass in this browser.');
    const once = async (): Promise<DeviceRun> => {
      // Made before, as it is handed over: a camera's picture is there, too.
      const picture = await createImageBitmap(photo);
      const startedAt = performance.now();
      const result = await session.run(picture, { skipUnchanged: false, isSecondary: false });
      const wholeMs = performance.now() - startedAt;
      if (!result.answer || taskOf(result.answer.task).labelsOf(result.answer).length === 0)
        throw new Error('Nothing was seen in the photo.');
      return { wholeMs, drawMs: result.drawMs, inferMs: result.inferMs };
    };
    return {
      threads: session.provider.threads,
      async run(until: { durationMs: number } | { count: number }): Promise<DeviceRun[]> {
        const runs: DeviceRun[] = [];
        const startedAt = performance.now();
        const isDone = () =>
          'count' in until ? runs.length >= until.count : performance.now() - startedAt >= until.durationMs;
        while (!isDone()) runs.push(await once());
        return runs;
      },
      close: () => session.close(),
    };
  },

  /** What a picture's way into the graph takes, step by step; medians, ms. */
  async parts() {
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

window.deviceBench = deviceBench;
