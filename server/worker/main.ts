import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../protocol/errors.ts';
import { disagreementOf, type GoldenCase } from '../../vision/disagreement.ts';
import { compareWithGolden, recordGolden } from '../../vision/golden.ts';
import { type Answer, Golden, type ModelInput } from '../../vision/manifest.ts';
import { maxLabelsOf } from '../../vision/maxLabels.ts';
import { stepsInWords, stepsOf } from '../../vision/steps.ts';
import { toDetections } from '../../vision/toDetections.ts';
import { decode, setDecodeThreads, UndecodableError } from '../inference/decode.ts';
import { decodeCost, fitsWorker } from '../inference/decodeCost/decodeCost.ts';
import { MAX_STEPS_MS } from '../inference/decodeCost/limits.ts';
import { stepsCost } from '../inference/decodeCost/stepsCost.ts';
import { type Graph, openGraph, RUNTIME, startRuntime } from '../inference/graph.ts';
import { type ModelFolder, readModelFolder, verifyGraphHash } from '../library/modelFolder.ts';
import { detailsOf, ModelRefusal } from '../library/modelRefusal.ts';
import { median } from './median.ts';
import {
  type DecodedPicture,
  type EncodedPicture,
  type FromWorker,
  type LoadedCost,
  type LoadedModel,
  type ModelRef,
  type ToWorker,
  versionKey,
} from './messages.ts';

/**
 * A worker: a process of its own that decodes frames and runs models, one frame at a time. What it cannot survive costs
 * that one frame; the pool starts another worker.
 */

interface Served {
  folder: ModelFolder;
  /** By the number of cores that a run uses. */
  graphs: ReadonlyMap<number, Graph>;
}
/** A golden has the size of the model's input. */
const GOLDEN_PICTURE = { maxPixels: 4096 * 4096, isFitted: true };
/** By id and version. */
const models = new Map<string, Served>();
/** On how many cores each of them may be asked to run. */
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
      loaded.push({ id, version, ok: false, why: messageOf(cause), ...detailsOf(cause) });
    }
  }
  send({ type: 'ready', models: loaded, loadMs: performance.now() - startedAt });
}

/** What another worker proved with the same files, this one only warms up: it answers no frames meanwhile. */
async function add(ref: ModelRef): Promise<void> {
  try {
    await hold(ref, async ({ graphs, folder }) => {
      for (const graph of graphs.values()) await graph.run(blankFor(folder.manifest.input));
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
  for (const graph of served?.graphs.values() ?? []) await graph.release();
}

/** @throws Error when the folder holds another version, the runtime cannot run it, or goldens do not agree */
async function openAndProve(ref: ModelRef): Promise<LoadedCost> {
  const before = process.memoryUsage.rss();
  const proof = await hold(ref, ({ folder, graphs }) => prove(folder, [...graphs.values()]), verifyGraphHash);
  return { ...proof, memoryBytes: Math.max(0, process.memoryUsage.rss() - before) };
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
  const graphs = new Map<number, Graph>();
  for (const width of widths) {
    graphs.set(width, await openGraph(folder.graphFile, folder.manifest, folder.labels, width));
  }
  return { folder, graphs };
}

/** Runs the goldens on each graph, and takes the time on the first. */
async function prove(
  folder: ModelFolder,
  graphs: readonly Graph[],
): Promise<Omit<LoadedCost, 'memoryBytes'>> {
  const { input, goldens } = folder.manifest;
  const times: number[] = [];
  let largestDifference = 0;
  let recordedBy: string | undefined;
  /** For each graph. */
  const cases: GoldenCase[][] = graphs.map(() => []);
  const answers = new Map<string, Golden>();
  const timed = async (graph: Graph, pixels: Uint8Array): Promise<Answer> => {
    const startedAt = performance.now();
    const answer = await graph.run(pixels);
    if (graph === graphs[0]) times.push(performance.now() - startedAt);
    return answer;
  };
  for (const { image, expected } of goldens) {
    const golden = v.parse(Golden, JSON.parse(await readFile(path.join(folder.dir, expected), 'utf8')));
    const { pixels } = await decode(
      await readFile(path.join(folder.dir, image)),
      'png',
      input,
      GOLDEN_PICTURE,
    );
    for (const [at, graph] of graphs.entries()) {
      const answer = await timed(graph, pixels);
      cases[at]?.push({ picture: image, golden, answer });
      largestDifference = Math.max(largestDifference, compareWithGolden(golden, answer).largest);
      if (!answers.has(image)) {
        const minScore = 'minScore' in golden ? golden.minScore : 0;
        answers.set(image, recordGolden(answer, { recordedBy: RUNTIME, minScore }));
      }
    }
    recordedBy ??= golden.recordedBy;
  }
  for (const all of cases) {
    const refusal = disagreementOf(all, folder.labels);
    if (refusal) throw new ModelRefusal(refusal.summary, refusal.details);
  }
  const blank = blankFor(input);
  const [first] = graphs;
  while (first && times.length < MIN_TIMED_RUNS) await timed(first, blank);
  return { inferMs: median(times), largestDifference, recordedBy, answers };
}

const blankFor = ({ width, height }: ModelInput) => new Uint8Array(width * height * 3);

/** The first run of a graph is slower than all others: of three, the median is none of it. */
const MIN_TIMED_RUNS = 3;

async function run(message: Extract<ToWorker, { type: 'run' }>): Promise<void> {
  const { id, model, version, width, picture } = message;
  const served = models.get(versionKey({ id: model, version }));
  const graph = served?.graphs.get(width);
  if (served === undefined || graph === undefined) {
    throw new Error(
      `This worker was not given version ${version} of the model "${model}" for ${width} cores.`,
    );
  }
  const { manifest, labels } = served.folder;
  try {
    const decoded = picture.kind === 'decoded' ? picture : await decodeHere(picture, id, manifest.input);
    if (decoded === undefined) return;
    const decodedAt = performance.now();
    const answer = await graph.run(decoded.pixels);
    const timing = { decodeMs: decoded.decodeMs, inferMs: performance.now() - decodedAt };
    const most = message.maxLabels ?? maxLabelsOf(manifest);
    send({ type: 'done', id, ...toDetections(answer, labels, decoded.fitted, most), timing });
  } catch (cause) {
    if (!(cause instanceof UndecodableError)) throw cause;
    send({ type: 'undecodable', id, detail: cause.message });
  }
}

/** Decodes what takes a moment only; of anything else it says so, and gives undefined. */
async function decodeHere(
  { image, format, ...options }: EncodedPicture,
  id: number,
  input: ModelInput,
): Promise<DecodedPicture | undefined> {
  const startedAt = performance.now();
  const cost = decodeCost(image, format);
  if (cost.pixels > options.maxPixels) {
    throw new UndecodableError(`At most ${options.maxPixels} pixels, the picture has ${cost.pixels}.`);
  }
  if (cost.ms > options.maxDecodeMs) {
    send({ type: 'tooCostly', id, detail: cost.what });
    return undefined;
  }
  const isAsInput = cost.size.width === input.width && cost.size.height === input.height;
  const stepsMs = options.isFitted && isAsInput ? 0 : stepsCost(stepsOf(input), cost.size);
  if (stepsMs > MAX_STEPS_MS) {
    const { width, height } = cost.size;
    // Not `too_costly`: whoever sent it can do nothing about what the model does to it.
    throw new UndecodableError(
      `A picture of ${width}x${height} takes too long to prepare for this model: ${stepsInWords(stepsOf(input))}.`,
    );
  }
  if (!fitsWorker({ ...cost, ms: cost.ms + stepsMs })) {
    send({ type: 'decodeElsewhere', id, input, stepsMs });
    return undefined;
  }
  const { pixels, fitted } = await decode(image, format, input, options);
  return { kind: 'decoded', pixels, fitted, decodeMs: performance.now() - startedAt };
}

function send(message: FromWorker): void {
  // An error means that the server is gone; `disconnect` follows.
  process.send?.(message, undefined, undefined, () => {});
}

/** One after the other: a graph is not released while it runs. */
let last: Promise<void> = Promise.resolve();
function inTurn(work: () => Promise<void>): void {
  // A failure that is nobody's picture ends the process (unhandled rejection), and the pool starts a clean one.
  last = last.then(work);
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
      inTurn(() => run(message));
      break;
    case 'ping':
      send({ type: 'pong' });
      break;
  }
});
// The server is gone, perhaps killed: nobody reads the answers.
process.on('disconnect', () => process.exit(0));
// Ctrl+C reaches the whole process group; the server decides when its workers end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
