import { messageOf } from '../../../protocol/errors.ts';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { maxLabelsOf } from '../../../vision/maxLabels.ts';
import { modelInfo } from '../../../vision/modelInfo.ts';
import { type GoldenPicture, runGoldens } from '../../../vision/runGoldens.ts';
import { type Size, trialSize } from '../../../vision/steps.ts';
import type { StreamMemory } from '../../../vision/tasks/task.ts';
import { type ModelAnswer, taskOf } from '../../../vision/tasks/taskOf.ts';
import { isUnchanged, type LumaGrid, lumaGrid } from '../../capture/stillness.ts';
import { certify } from './certificate.ts';
import { DeviceError } from './deviceSession.ts';
import { createModelInput, type DrawnPicture, type ModelInput } from './modelInput.ts';
import { type OpenModel, openModel } from './openModel.ts';
import type { SessionAnswer, SessionJob } from './sessionJob.ts';

// One model for the worker's whole life, and one job at a time: the page sends the next one only after the answer.
let opened:
  | {
      model: OpenModel;
      input: ModelInput;
      manifest: Manifest;
      labels: readonly string[];
      /** How many labels a picture gets at most. */
      maxLabels: number;
    }
  | undefined;
/** What the task keeps from picture to picture. */
const memory: StreamMemory = {};
/** Of the last picture of the stream that was run. */
let lastGrid: LumaGrid | undefined;

/** A task that can leave work to the next picture gets this much time for a frame, and for a single picture, ms. */
const MAX_RUN_MS = { frame: 1_500, picture: 5_000 } as const;

/** The first run of a model is slower than all others, and not counted. */
const TIMED_RUNS = 4;

self.onmessage = (event: MessageEvent<SessionJob>) => {
  const job = event.data;
  const work = job.type === 'open' ? open(job) : run(job);
  void work.then(post, (error: unknown) => post(failure(error)));
};

async function open({
  model: device,
  graphs,
  pictures,
  runtimeUrl,
  choice,
}: Extract<SessionJob, { type: 'open' }>): Promise<SessionAnswer> {
  const { manifest, labels } = device;
  const input = await createModelInput(modelInfo(device).input);
  const unwatch = watchLoading(runtimeUrl);
  const model = await openModel({ graphs, manifest, labels, runtimeUrl, choice }).finally(unwatch);
  const blankSize = trialSize(manifest.input);
  const timesMs: number[] = [];
  const timed = async (pixels: Uint8Array, size: Size): Promise<ModelAnswer> => {
    const startedAt = performance.now();
    const answer = await model.run(pixels, size);
    timesMs.push(performance.now() - startedAt);
    post({ type: 'progress', stage: 'starting' });
    return answer;
  };
  const blank = new Uint8Array(blankSize.width * blankSize.height * 3);
  await timed(blank, blankSize);
  timesMs.length = 0;
  const goldens = decoded(device, pictures, input);
  const { cases } = await runGoldens(goldens, timed);
  const answers = cases.map(({ answer }) => answer);
  while (timesMs.length < TIMED_RUNS) await timed(blank, blankSize);
  opened = { model, input, manifest, labels, maxLabels: maxLabelsOf(manifest) };
  const { runtime } = model;
  const deviceRuntime = `${runtime}, ${choice.provider}`;
  const certificate = certify(device, answers, { deviceRuntime, provenAtMs: Date.now() });
  // The browser is still compiling: the fastest of the first runs is nearest to what later ones take.
  return { type: 'opened', certificate, runtime, inferMs: Math.min(...timesMs) };
}

async function* decoded(
  { manifest, goldens }: DeviceModel,
  pictures: readonly ArrayBuffer[],
  input: ModelInput,
): AsyncGenerator<GoldenPicture, void> {
  for (const [at, { expected }] of goldens.entries()) {
    const picture = pictures[at];
    if (picture === undefined) continue;
    const name = manifest.goldens[at]?.image ?? `golden ${at + 1}`;
    yield { picture: name, golden: expected, ...(await input.decode(picture)) };
  }
}

async function run({ picture, options }: Extract<SessionJob, { type: 'run' }>): Promise<SessionAnswer> {
  if (opened === undefined) throw new Error('A picture came before the model.');
  const { model, input, manifest, labels, maxLabels } = opened;
  const startedAt = performance.now();
  let drawn: DrawnPicture;
  let grid: LumaGrid | undefined;
  let changed = true;
  try {
    drawn = await input.draw(picture);
    if (!options.isSecondary) grid = lumaGrid(drawn.rgba, drawn.size.width, drawn.size.height);
    changed = lastGrid === undefined || grid === undefined || !isUnchanged(lastGrid, grid);
    if (!changed && options.skipUnchanged) {
      return { type: 'seen', result: { changed: false, answer: undefined } };
    }
    if (!changed && options.part) drawn = await input.draw(picture, options.part);
  } catch (error) {
    return { type: 'unreadable', message: messageOf(error) };
  } finally {
    picture.close();
  }
  lastGrid = grid ?? lastGrid;
  const pixels = input.toRgb(drawn.rgba);
  const drawnAt = performance.now();
  const endsAt = drawnAt + (options.isStill ? MAX_RUN_MS.picture : MAX_RUN_MS.frame);
  const ofInput = await model.run(pixels, drawn.size, {
    memory: options.isStill ? undefined : memory,
    hasTime: () => performance.now() < endsAt,
  });
  const inferMs = performance.now() - drawnAt;
  const answer = taskOf(manifest.task).toPicture(ofInput, { labels, fitted: drawn.fitted, maxLabels });
  const seen = drawn.fitted.part;
  return { type: 'seen', result: { changed, answer, seen, drawMs: drawnAt - startedAt, inferMs } };
}

function failure(error: unknown): SessionAnswer {
  const code = error instanceof DeviceError ? error.code : 'failed';
  return { type: 'failed', code, message: messageOf(error) };
}

/** Reports each file of the runtime that has arrived; computing starts after the last, a .wasm. */
function watchLoading(runtimeUrl: string): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) {
      if (!name.startsWith(runtimeUrl)) continue;
      post({ type: 'progress', stage: name.endsWith('.wasm') ? 'starting' : 'loading' });
    }
  });
  observer.observe({ type: 'resource', buffered: true });
  return () => observer.disconnect();
}

function post(message: SessionAnswer): void {
  self.postMessage(message);
}
