import { messageOf, textOf } from '../../protocol/errors.ts';
import { quantile } from '../../protocol/quantile.ts';
import { sentenceOf } from '../../protocol/sentence.ts';
import { disagreementOf } from '../../vision/disagreement.ts';
import { recordGolden } from '../../vision/golden.ts';
import type { ModelInput } from '../../vision/manifest.ts';
import { runGoldens } from '../../vision/runGoldens.ts';
import { type Size, trialSize } from '../../vision/steps.ts';
import type { Golden, ModelAnswer } from '../../vision/tasks/taskOf.ts';
import { setDecodeThreads } from '../inference/decode.ts';
import { type OpenModel, openModel, startRuntime } from '../inference/model.ts';
import { readGoldens } from '../inference/readGoldens.ts';
import { RUNTIME, RUNTIME_INFO } from '../inference/runtime.ts';
import { modelMemory } from '../library/graphBytes.ts';
import { type ModelFolder, readModelFolder, verifyGraphHashes } from '../library/modelFolder.ts';
import { type ModelRef, type VersionRef, versionKey } from '../library/modelRef.ts';
import { ModelRefusal, refusalDetails } from '../library/modelRefusal.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import type { Accelerator, FromWorker, LoadedCost, LoadedModel, ToWorker } from './messages.ts';
import { createRunFrames, type Served } from './runFrames.ts';

/**
 * A worker: a process of its own that decodes frames and runs models, one frame at a time, or several where an accelerator
 * gains by it. What it cannot survive costs these frames; the pool starts another worker.
 */

/** By id and version. */
const models = new Map<string, Served>();
const runFrames = createRunFrames(models, (model, why) => send({ type: 'unaccelerated', model, why }));
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
  send({
    type: 'ready',
    models: loaded,
    loadMs: performance.now() - startedAt,
    runtime: RUNTIME_INFO,
  });
  tellMemory();
  setInterval(tellMemory, MEMORY_MS).unref();
}

/** How often the server learns what memory this process takes. */
const MEMORY_MS = 5_000;
const tellMemory = () => send({ type: 'memory', rssBytes: process.memoryUsage.rss() });

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

async function accelerate(model: VersionRef, { provider, batches }: Accelerator): Promise<void> {
  let opened: OpenModel | undefined;
  try {
    const served = models.get(versionKey(model));
    if (served === undefined) throw new Error('This worker does not hold that version.');
    opened = await openModel(served.folder, widths[0] ?? 1, { provider });
    await prove(served.folder, [opened]);
    // Once each: the first run of a size compiles. Their answers were proven in the race.
    const { pixels } = blankFor(served.folder.manifest.input);
    for (const size of batches) await opened.runBatch?.(Array.from({ length: size }, () => pixels));
    served.accelerator = { model: opened, batches };
    send({ type: 'added' });
  } catch (cause) {
    await opened?.release();
    send({ type: 'added', why: messageOf(cause) });
  }
}

async function decelerate(model: VersionRef): Promise<void> {
  const served = models.get(versionKey(model));
  const accelerator = served?.accelerator;
  if (served) served.accelerator = undefined;
  await accelerator?.model.release();
}

async function remove(key: string): Promise<void> {
  const served = models.get(key);
  models.delete(key);
  await release(served);
}

async function release(served: Served | undefined): Promise<void> {
  for (const session of served?.sessions.values() ?? []) await session.release();
  await served?.accelerator?.model.release();
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
    case 'accelerate':
      inTurn(() => accelerate(message.model, message));
      break;
    case 'decelerate':
      inTurn(() => decelerate(message.model));
      break;
    case 'remove':
      inTurn(() => remove(versionKey(message.model)));
      break;
    case 'run':
      inTurn(async () => send({ type: 'done', id: message.id, results: await runFrames(message) }));
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
