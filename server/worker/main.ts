import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { compareWithGolden } from '../../vision/golden.ts';
import { Golden } from '../../vision/manifest.ts';
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
  graph: Graph;
}
const models = new Map<string, Served>();

async function load(message: Extract<ToWorker, { type: 'load' }>): Promise<void> {
  const startedAt = performance.now();
  setDecodeThreads(message.threads);
  const loaded: LoadedModel[] = [];
  for (const { id, dir } of message.models) {
    try {
      models.set(id, await open(dir, message.threads));
      loaded.push({ id, ok: true });
    } catch (cause) {
      loaded.push({ id, ok: false, why: cause instanceof Error ? cause.message : String(cause) });
    }
  }
  send({ type: 'ready', models: loaded, loadMs: performance.now() - startedAt });
}

async function open(dir: string, threads: number): Promise<Served> {
  const folder = await readModelFolder(dir);
  await verifyGraphHash(folder);
  const graph = await openGraph(folder.graphFile, folder.manifest, folder.labels, threads);
  const served = { folder, graph };
  for (const golden of folder.manifest.goldens) {
    const image = await readFile(path.join(dir, golden.image));
    const expected = v.parse(Golden, JSON.parse(await readFile(path.join(dir, golden.expected), 'utf8')));
    const { detections } = await see(served, 'png', image);
    const differences = compareWithGolden(expected, detections);
    if (differences.length > 0) {
      throw new Error(`Golden ${golden.image} does not agree: ${differences.join('; ')}.`);
    }
  }
  return served;
}

async function see({ folder, graph }: Served, format: 'jpeg' | 'webp' | 'png', image: Uint8Array) {
  const startedAt = performance.now();
  const pixels = await decode(image, format, folder.manifest.input);
  const decodedAt = performance.now();
  const detections = await graph.run(pixels);
  return {
    detections,
    timing: { decodeMs: decodedAt - startedAt, inferMs: performance.now() - decodedAt },
  };
}

async function run({ id, model, format, image }: Extract<ToWorker, { type: 'run' }>): Promise<void> {
  const served = models.get(model);
  if (served === undefined) throw new Error(`This worker was not given the model "${model}".`);
  try {
    send({ type: 'done', id, ...(await see(served, format, image)) });
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
