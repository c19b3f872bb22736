import { messageOf, textOf } from '../../protocol/errors.ts';
import { quantile } from '../../protocol/quantile.ts';
import { sentenceOf } from '../../protocol/sentence.ts';
import { disagreementOf } from '../../vision/disagreement.ts';
import { recordGolden } from '../../vision/golden.ts';
import type { ModelInput } from '../../vision/manifest.ts';
import { maxLabelsOf } from '../../vision/maxLabels.ts';
import { runGoldens } from '../../vision/runGoldens.ts';
import { type Size, stepsInWords, stepsOf, trialSize } from '../../vision/steps.ts';
import { type Golden, type ModelAnswer, taskOf } from '../../vision/tasks/taskOf.ts';
import { decode, setDecodeThreads, UndecodableError } from '../inference/decode.ts';
import { decodeCost, fitsWorker } from '../inference/decodeCost/decodeCost.ts';
import { MAX_STEPS_MS } from '../inference/decodeCost/limits.ts';
import { stepsCost } from '../inference/decodeCost/stepsCost.ts';
import { tilesCost } from '../inference/decodeCost/tilesCost.ts';
import { type OpenModel, openModel, RUNTIME, type RunOptions, startRuntime } from '../inference/model.ts';
import { readGoldens } from '../inference/readGoldens.ts';
import { modelMemory } from '../library/graphBytes.ts';
import { type ModelFolder, readModelFolder, verifyGraphHashes } from '../library/modelFolder.ts';
import { type ModelRef, versionKey } from '../library/modelRef.ts';
import { ModelRefusal, refusalDetails } from '../library/modelRefusal.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import type { FrameJob } from '../queue/frameQueue.ts';
import type { DecodedPicture } from './decoder/messages.ts';
import type { FrameRun, FromWorker, LoadedCost, LoadedModel, ToWorker, WorkerResult } from './messages.ts';
import { createStreamMemories } from './streamMemories.ts';

/**
 * A worker: a process of its own that decodes frames and runs models, one frame at a time. What it cannot survive costs
 * that one frame; the pool starts another worker.
 */

interface Served {
  folder: ModelFolder;
  /** By the number of cores that a run uses. */
  sessions: ReadonlyMap<number, OpenModel>;
}
/** By id and version. */
const models = new Map<string, Served>();
const memories = createStreamMemories();
/** The numbers of cores on which each of them may be asked to run. */
let widths: readonly number[] = [];

async function load(message: Extract<ToWorker, { type: 'load' }>): Promise<void> {
  const startedAt = performance.now();
  setDecodeThreads(1);
  widths = message.widths;
  await startRuntime();
  const loaded: LoadedModel[] = [];
  for (const ref of message.models) {
    const { id, version } = ref;
    send({ type: 'loading', id });
    try {
      loaded.push({ id, version, ok: true, ...(await openAndProve(ref)) });
    } catch (cause) {
      const why = messageOf(cause);
      loaded.push({ id, version, ok: false, why, ...sentenceOf(textOf(cause)), ...refusalDetails(cause) });
    }
  }
  send({ type: 'ready', models: loaded, loadMs: performance.now() - startedAt });
}

/** Another worker proved the same files; this one only warms them up, since it answers no frames until it is done. */
async function add(ref: ModelRef): Promise<void> {
  try {
    await hold(ref, async ({ sessions, folder }) => {
      const blank = blankFor(folder.manifest.input);
      for (const session of sessions.values()) await session.run(blank.pixels, blank.size);
    });
    send({ type: 'added' });
  } catch (cause) {
    send({ type: 'added', why: messageOf(cause) });
  }
}

async function remove(key: string): Promise<void> {
  const served = models.get(key);
  models.delete(key);
  await release(served);
}

async function release(served: Served | undefined): Promise<void> {
  for (const session of served?.sessions.values() ?? []) await session.release();
}

/** @throws Error when the folder holds another version, the runtime cannot run it, or goldens do not agree */
async function openAndProve(ref: ModelRef): Promise<LoadedCost> {
  const before = process.memoryUsage.rss();
  return hold(
    ref,
    async ({ folder, sessions }) => {
      const proof = await prove(folder, [...sessions.values()]);
      return { ...proof, memoryBytes: await modelMemory(folder, process.memoryUsage.rss() - before) };
    },
    verifyGraphHashes,
  );
}

/** Opens a version and holds it from then on, unless `attempt` throws: then nothing of it stays. */
async function hold<Result>(
  ref: ModelRef,
  attempt: (served: Served) => Promise<Result>,
  check?: (folder: ModelFolder) => Promise<void>,
): Promise<Result> {
  const served = await open(ref, check);
  try {
    const result = await attempt(served);
    models.set(versionKey(ref), served);
    return result;
  } catch (cause) {
    await release(served);
    throw cause;
  }
}

/** @throws Error when the folder holds another version, `check` does, or the runtime cannot run it */
async function open(ref: ModelRef, check?: (folder: ModelFolder) => Promise<void>): Promise<Served> {
  const folder = await readModelFolder(ref.dir, ref.manifestFile);
  if (folder.version !== ref.version) {
    throw new Error(`Version ${ref.version} is not in ${ref.dir} any more; ${folder.version} is.`);
  }
  await check?.(folder);
  const sessions = new Map<number, OpenModel>();
  for (const width of widths) sessions.set(width, await openModel(folder, width));
  return { folder, sessions };
}

/** Runs the goldens on each session, and takes the time on the first. */
async function prove(
  folder: ModelFolder,
  sessions: readonly OpenModel[],
): Promise<Omit<LoadedCost, 'memoryBytes'>> {
  const { manifest, labels } = folder;
  const [first] = sessions;
  const times: number[] = [];
  const timed = async (session: OpenModel, pixels: Uint8Array, size: Size): Promise<ModelAnswer> => {
    const startedAt = performance.now();
    const answer = await session.run(pixels, size);
    if (session === first) times.push(performance.now() - startedAt);
    return answer;
  };
  let largestDifference = 0;
  let recordedBy: string | undefined;
  const answers = new Map<string, Golden>();
  for (const session of sessions) {
    const result = await runGoldens(readGoldens(folder), (pixels, size) => timed(session, pixels, size));
    const refusal = disagreementOf(result.cases, labels);
    if (refusal) throw new ModelRefusal(refusal.summary, refusal.details);
    largestDifference = Math.max(largestDifference, result.largestDifference);
    recordedBy ??= result.recordedBy;
    for (const { picture, golden, answer } of result.cases) {
      if (answers.has(picture)) continue;
      const minScore = 'minScore' in golden ? golden.minScore : 0;
      answers.set(picture, recordGolden(answer, { recordedBy: RUNTIME, minScore }));
    }
  }
  const blank = blankFor(manifest.input);
  while (first && times.length < MIN_TIMED_RUNS) await timed(first, blank.pixels, blank.size);
  return { inferMs: quantile(times, 0.5) ?? 0, largestDifference, recordedBy, answers };
}

function blankFor(input: ModelInput): { pixels: Uint8Array; size: Size } {
  const size = trialSize(input);
  return { pixels: new Uint8Array(size.width * size.height * 3), size };
}

/** The first run of a session is slower than all others: of three, the median is none of it. */
const MIN_TIMED_RUNS = 3;

async function run({ job, version, width, decoded }: FrameRun): Promise<WorkerResult> {
  const { model } = job;
  const served = models.get(versionKey({ id: model, version }));
  const session = served?.sessions.get(width);
  if (served === undefined || session === undefined) {
    throw new Error(
      `This worker was not given version ${version} of the model "${model}" for ${width} cores.`,
    );
  }
  const { manifest, labels } = served.folder;
  try {
    const picture = decoded ?? (await decodeHere(job, manifest.input));
    if (picture.kind !== 'decoded') return picture;
    const decodedAt = performance.now();
    const answer = await session.run(picture.pixels, picture.size, runOptionsOf(job.stream));
    const timing = { decodeMs: picture.decodeMs, inferMs: performance.now() - decodedAt };
    const maxLabels = job.maxLabels ?? maxLabelsOf(manifest);
    const inPicture = taskOf(manifest.task).toPicture(answer, { labels, fitted: picture.fitted, maxLabels });
    return { kind: 'answered', answer: inPicture, timing };
  } catch (cause) {
    if (!(cause instanceof UndecodableError)) throw cause;
    return { kind: 'dropped', reason: 'undecodable', detail: cause.message };
  }
}

/** Decodes a cheap picture; of a costly one it says what becomes of it instead. */
async function decodeHere(
  { image, format, ...options }: FrameJob,
  input: ModelInput,
): Promise<DecodedPicture | WorkerResult> {
  const startedAt = performance.now();
  const cost = decodeCost(image, format);
  if (cost.pixels > options.maxPixels) {
    throw new UndecodableError(`At most ${options.maxPixels} pixels, the picture has ${cost.pixels}.`);
  }
  if (cost.ms > options.maxDecodeMs) {
    return { kind: 'dropped', reason: 'too_costly', detail: cost.what };
  }
  const isAsInput = cost.size.width === input.width && cost.size.height === input.height;
  const steps = stepsOf(input);
  const stepsMs = options.isFitted && isAsInput ? 0 : stepsCost(steps, cost.size);
  if (stepsMs > MAX_STEPS_MS) {
    const { width, height } = cost.size;
    // Not `too_costly`: its sender cannot change the steps of the model.
    throw new UndecodableError(
      `A picture of ${width}x${height} takes too long to prepare for this model: ${stepsInWords(steps)}.`,
    );
  }
  if (options.wantsTiles || !fitsWorker({ ...cost, ms: cost.ms + stepsMs })) {
    const tilesMs = options.wantsTiles ? tilesCost(input, cost.size) : 0;
    return { kind: 'decodeElsewhere', input, stepsMs: stepsMs + tilesMs };
  }
  const { pixels, size, fitted } = await decode(image, format, input, options);
  return { kind: 'decoded', pixels, size, fitted, decodeMs: performance.now() - startedAt };
}

/** Frames and pictures of a task that can leave work out get this much time, ms. A frame's next one does the rest. */
const MAX_RUN_MS = { frame: 600, picture: 3_000 } as const;

function runOptionsOf(stream: string | undefined): RunOptions {
  const endsAt = performance.now() + (stream === undefined ? MAX_RUN_MS.picture : MAX_RUN_MS.frame);
  return {
    memory: stream === undefined ? undefined : memories.of(stream),
    hasTime: () => performance.now() < endsAt,
  };
}

function send(message: FromWorker): void {
  // An error means that the server is gone; `disconnect` follows.
  process.send?.(message, undefined, undefined, () => {});
}

/** One after the other: a graph is not released while it runs. */
const turns = createSemaphore(1);
function inTurn(work: () => Promise<void>): void {
  // A failure that no picture caused ends the process (unhandled rejection), and the pool starts a clean one.
  void turns.run(work);
}

process.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'load':
      inTurn(() => load(message));
      break;
    case 'add':
      inTurn(() => add(message.model));
      break;
    case 'remove':
      inTurn(() => remove(versionKey(message.model)));
      break;
    case 'run':
      inTurn(async () => send({ type: 'done', id: message.id, result: await run(message) }));
      break;
    case 'ping':
      send({ type: 'pong' });
      break;
  }
});
// The server is gone, perhaps killed: no one reads the answers.
process.on('disconnect', () => process.exit(0));
// Ctrl+C reaches the whole process group; the server decides when its workers end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
