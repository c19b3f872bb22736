import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { compareWithGolden } from '../../vision/golden.ts';
import { Golden } from '../../vision/manifest.ts';
import { toDetections } from '../../vision/toDetections.ts';
import { type ModelFolder, readModelFolder, verifyGraphHash } from '../models/modelFolder.ts';
import { decode, setDecodeThreads, UndecodableError } from './decode.ts';
import { type Graph, openGraph } from './graph.ts';
import type { FromWorker, LoadedModel, ToWorker } from './messages.ts';

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
const models = new Map<string, Served>();

async function load(message: Extract<ToWorker, { type: 'load' }>): Promise<void> {
  const startedAt = performance.now();
  setDecodeThreads(1);
  const loaded: LoadedModel[] = [];
  for (const { id, dir } of message.models) {
    try {
      models.set(id, await open(dir, message.widths));
      loaded.push({ id, ok: true });
    } catch (cause) {
      loaded.push({ id, ok: false, why: cause instanceof Error ? cause.message : String(cause) });
    }
  }
  send({ type: 'ready', models: loaded, loadMs: performance.now() - startedAt });
}

async function open(dir: string, widths: readonly number[]): Promise<Served> {
  const folder = await readModelFolder(dir);
  await verifyGraphHash(folder);
  const graphs = new Map<number, Graph>();
  for (const width of widths) {
    graphs.set(width, await openGraph(folder.graphFile, folder.manifest, folder.labels, width));
  }
  const served = { folder, graphs };
  for (const golden of folder.manifest.goldens) {
    const image = await readFile(path.join(dir, golden.image));
    const expected = v.parse(Golden, JSON.parse(await readFile(path.join(dir, golden.expected), 'utf8')));
    const { pixels } = await decode(image, 'png', folder.manifest.input, GOLDEN_PICTURE);
    for (const graph of graphs.values()) {
      const { differences } = compareWithGolden(expected, await graph.run(pixels));
      if (differences.length > 0) {
        throw new Error(`Golden ${golden.image} does not agree: ${differences.join('; ')}.`);
      }
    }
  }
  return served;
}

async function run(message: Extract<ToWorker, { type: 'run' }>): Promise<void> {
  const { id, model, width, format, image } = message;
  const served = models.get(model);
  const graph = served?.graphs.get(width);
  if (served === undefined || graph === undefined) {
    throw new Error(`This worker was not given the model "${model}" for ${width} cores.`);
  }
  try {
    const startedAt = performance.now();
    const { pixels, fitted } = await decode(image, format, served.folder.manifest.input, message);
    const decodedAt = performance.now();
    const answer = await graph.run(pixels);
    const timing = { decodeMs: decodedAt - startedAt, inferMs: performance.now() - decodedAt };
    send({ type: 'done', id, ...toDetections(answer, served.folder.labels, fitted), timing });
  } catch (cause) {
    if (!(cause instanceof UndecodableError)) throw cause;
    send({ type: 'undecodable', id, detail: cause.message });
  }
}

function send(message: FromWorker): void {
  // An error means that the server is gone; `disconnect` follows.
  process.send?.(message, undefined, undefined, () => {});
}

process.on('message', (message: ToWorker) => {
  // A failure that is nobody's picture ends the process (unhandled rejection), and the pool starts a clean one.
  void (message.type === 'load' ? load(message) : run(message));
});
// The server is gone, perhaps killed: nobody reads the answers.
process.on('disconnect', () => process.exit(0));
// Ctrl+C reaches the whole process group; the server decides when its workers end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
