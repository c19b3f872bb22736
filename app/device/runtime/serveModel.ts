import { messageOf } from '../../../protocol/errors.ts';
import type { ModelInfo } from '../../../protocol/messages.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { maxLabelsOf } from '../../../vision/maxLabels.ts';
import { modelInfo } from '../../../vision/modelInfo.ts';
import type { StreamMemory } from '../../../vision/tasks/task.ts';
import { taskOf } from '../../../vision/tasks/taskOf.ts';
import { sizeOf } from '../../capture/drawFitted.ts';
import { SceneWatch, type SeenChange } from '../../capture/sceneWatch.ts';
import { DeviceError } from './deviceSession.ts';
import { createModelInput, type DrawnPicture, type ModelInput } from './modelInput.ts';
import type { OpenModel, OpenModelOptions } from './openModel.ts';
import type { SessionAnswer, SessionJob, SessionProgress } from './sessionJob.ts';
import { WorkerProof } from './workerProof.ts';

// One model for the worker's whole life, and one job at a time: the page sends the next one only after the answer.
let opened:
  | {
      model: OpenModel;
      input: ModelInput;
      described: ModelInfo['input'];
      manifest: Manifest;
      labels: readonly string[];
      /** How many labels a picture gets at most. */
      maxLabels: number;
      proof: WorkerProof;
    }
  | undefined;
/** What the task keeps from picture to picture. */
const memory: StreamMemory = {};
const scene = new SceneWatch();

/** A task that can leave work to the next picture gets this much time for a frame, and for a single picture, ms. */
const MAX_RUN_MS = { frame: 1_500, picture: 5_000 } as const;

const ALIVE_MS = 1_000;

/** Tells the page how far the opening is, from the first job until the answer. */
let telling: { tellAgain(): void; end(): void } | undefined;

/** A runtime in a worker. */
interface Runtime {
  /** Loads it, once in a worker's life; what goes wrong is thrown by `openModel`, too. */
  load(options: Pick<OpenModelOptions, 'runtimeUrl' | 'choice'>): Promise<unknown>;
  /** Loads it, and opens the graphs. */
  openModel(options: OpenModelOptions): Promise<OpenModel>;
}

/** What a worker of a model does. */
export function serveModel(runtime: Runtime): void {
  self.onmessage = ({ data: job }: MessageEvent<SessionJob>) => {
    if (job.type === 'load' || job.type === 'open') telling ??= tellProgress(job.runtimeUrl);
    // What goes wrong is answered when the model is opened.
    if (job.type === 'load') runtime.load(job).catch(() => {});
    // A runtime may send messages to its own worker: in WebKit one came here.
    else void answerTo(job, runtime)?.then(post, (error: unknown) => post(failure(error)));
  };
}

function answerTo(
  job: Exclude<SessionJob, { type: 'load' }>,
  runtime: Runtime,
): Promise<SessionAnswer> | undefined {
  switch (job.type) {
    case 'open':
      return open(job, runtime).finally(() => telling?.end());
    case 'run':
      return run(job);
    case 'time':
      return time();
    case 'prove':
      return prove();
    default:
      job satisfies never;
      return undefined;
  }
}

async function open(
  {
    model: device,
    graphs,
    pictures,
    runtimeUrl,
    choice,
    proof: depth,
  }: Extract<SessionJob, { type: 'open' }>,
  { openModel }: Runtime,
): Promise<SessionAnswer> {
  const { manifest, labels } = device;
  const { input: described } = modelInfo(device);
  const input = await createModelInput(described);
  const onStep = () => post({ type: 'progress', stage: 'starting' });
  // Whoever took a worker that was started ahead has not heard it.
  telling?.tellAgain();
  const model = await openModel({ graphs, manifest, labels, runtimeUrl, choice });
  onStep();
  const proof = new WorkerProof({ device, pictures, input, model, provider: choice.provider, onRun: onStep });
  if (depth === 'whole') await proof.proveAll();
  if (depth === 'begun') await proof.proveNext();
  opened = { model, input, described, manifest, labels, maxLabels: maxLabelsOf(manifest), proof };
  const { runtime } = model;
  const certificate = depth === 'known' ? undefined : proof.certificate;
  return { type: 'opened', certificate, runtime, inferMs: proof.inferMs };
}

async function run({ picture, options }: Extract<SessionJob, { type: 'run' }>): Promise<SessionAnswer> {
  if (opened === undefined) throw new Error('A picture came before the model.');
  const { model, input, described, manifest, labels, maxLabels } = opened;
  const startedAt = performance.now();
  let drawn: DrawnPicture;
  let change: SeenChange;
  try {
    drawn = await input.draw(picture);
    const { rgba, size } = drawn;
    change = scene.compare(() => rgba, { ...described, ...size }, sizeOf(picture), options);
    if (!change.changed && options.skipUnchanged) {
      return { type: 'seen', result: { changed: false, answer: undefined } };
    }
    if (change.part) drawn = await input.draw(picture, change.part);
  } catch (error) {
    return { type: 'unreadable', message: messageOf(error) };
  } finally {
    picture.close();
  }
  scene.keep();
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
  return { type: 'seen', result: { ...change, answer, seen, drawMs: drawnAt - startedAt, inferMs } };
}

async function time(): Promise<SessionAnswer> {
  if (opened === undefined) throw new Error('A comparison came before the model.');
  return { type: 'timed', inferMs: await opened.proof.timeSample() };
}

async function prove(): Promise<SessionAnswer> {
  if (opened === undefined) throw new Error('A golden came before the model.');
  const { proof } = opened;
  const inferMs = await proof.proveNext();
  return { type: 'proved', certificate: proof.certificate, inferMs };
}

function failure(error: unknown): SessionAnswer {
  const code = error instanceof DeviceError ? error.code : 'failed';
  return { type: 'failed', code, message: messageOf(error) };
}

/** Reports each file of the runtime that has arrived, after the last of which, a .wasm, computing starts; and that this thread is free. */
function tellProgress(runtimeUrl: string) {
  let last: SessionProgress | undefined;
  const observer = new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) {
      if (!name.startsWith(runtimeUrl)) continue;
      // Threads load a script of that folder again, after the .wasm.
      const hasFiles = last?.stage === 'starting' || name.endsWith('.wasm');
      last = { type: 'progress', stage: hasFiles ? 'starting' : 'loading' };
      post(last);
    }
  });
  observer.observe({ type: 'resource', buffered: true });
  const timer = setInterval(() => post({ type: 'alive' }), ALIVE_MS);
  return {
    tellAgain() {
      if (last) post(last);
    },
    end() {
      observer.disconnect();
      clearInterval(timer);
    },
  };
}

function post(message: SessionAnswer): void {
  self.postMessage(message);
}
