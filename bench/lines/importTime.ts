import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OnnxGraph } from '../../server/import/onnx/onnxGraph.ts';
import { serialiseOnnx } from '../../server/import/onnx/onnxModel.ts';
import { float32 } from '../../server/import/onnx/tensor.ts';
import { tinyClassifier } from '../../server/import/testing/modelsForTests.ts';
import type { Manifest } from '../../vision/manifest.ts';
import { startBuiltServer } from '../builtServer.ts';
import { type BenchLine, result } from '../result.ts';
import { median } from '../stats.ts';

const ADDS = 5;
/** Values of one layer; a quarter of its bytes. */
const SMALL = 2_500_000;
const LARGE = 40_000_000;

/** What serves already; a server without a model does not start, so "no other model" is one of 12 values. */
const SURROUNDINGS = [
  { name: 'no other model', sizes: [12] },
  { name: '25 small models', sizes: [12, ...Array<number>(25).fill(SMALL)] },
  { name: 'two models of 160 MB', sizes: [12, LARGE, LARGE] },
];

/**
 * From the command `npm run models -- add` to its end, when a model of a few hundred values serves, while other models
 * serve. What the change costs must follow the model that changes, and none of the others.
 */
export const measure: BenchLine = async () => {
  const times: number[] = [];
  for (const { sizes } of SURROUNDINGS) times.push(await addBeside(sizes));
  const [alone = Number.NaN, ...withOthers] = times;
  return [
    result('add to live of a trivial model, no other model, median', alone, 'ms'),
    ...SURROUNDINGS.slice(1).flatMap(({ name }, at) => [
      result(`the same, next to ${name}`, withOthers[at] ?? Number.NaN, 'ms'),
      result(`${name} / no other model`, (withOthers[at] ?? Number.NaN) / alone, '', { atMost: 1.5 }),
    ]),
  ];
};

/** Median of some additions, ms. */
async function addBeside(sizes: readonly number[]): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-import-time-'));
  const modelsDir = path.join(folder, 'models');
  for (const [at, size] of sizes.entries()) await addModel(modelsDir, `other-${at}`, size);
  const file = path.join(folder, 'tiny.onnx');
  await writeFile(file, tinyClassifier());
  const env = { MODELS_DIR: modelsDir, LIVELENS_CONFIG_DIR: path.join(folder, 'config'), WORKERS: '2' };
  const server = await startBuiltServer(env);
  await allWorkers(server.url);
  const times: number[] = [];
  for (let run = 0; run < ADDS; run++) {
    const args = ['dist/server/cli.js', 'models', 'add', file, '--id', `tiny-${run}`, '--yes'];
    const startedAt = performance.now();
    const { stderr } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, ...env, PORT: new URL(server.url).port },
    });
    if (!stderr.includes('is live')) throw new Error(`It does not serve:\n${stderr}`);
    times.push(performance.now() - startedAt);
  }
  await server.close();
  await rm(folder, { recursive: true });
  return median(times);
}

/** The server answers when its first worker is ready; the other one still loads all models, on the same cores. */
async function allWorkers(url: string): Promise<void> {
  for (;;) {
    const { workers } = (await (await fetch(`${url}/readyz`)).json()) as { workers: number };
    if (workers === 2) return;
    await setTimeout(100);
  }
}

/** Two labels by a product of the picture with `values` values. */
async function addModel(modelsDir: string, id: string, values: number): Promise<void> {
  const graph = new OnnxGraph();
  const image = graph.input({ name: 'image', dtype: 'uint8', shape: ['N', 32, 32, 3] });
  const pixels = graph.add('Cast', [image], { to: { int: 1 } }, 'pixels');
  const means = graph.add('ReduceMean', [pixels], { axes: { ints: [1, 2] }, keepdims: { int: 0 } }, 'means');
  const wide = Math.round(values / 5);
  const weights = (rows: number, columns: number, name: string) =>
    graph.constant(float32([rows, columns], new Float32Array(rows * columns).fill(1 / rows)), name);
  const hidden = graph.add('MatMul', [means, weights(3, wide, 'first')], {}, 'hidden');
  const scores = graph.add('MatMul', [hidden, weights(wide, 2, 'second')], {}, 'logits');
  graph.output(
    { name: 'scores', dtype: 'float32', shape: ['N', 2] },
    graph.add('Softmax', [scores], {}, 's'),
  );
  const bytes = serialiseOnnx(graph, id);
  const dir = path.join(modelsDir, id);
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'model.onnx'), bytes);
  await writeFile(path.join(dir, 'labels.txt'), 'a\nb\n');
  const manifest: Manifest = {
    schema: 1,
    id,
    name: id,
    description: 'Made for a measurement.',
    task: 'image-classification',
    graph: { file: 'model.onnx', sha256: createHash('sha256').update(bytes).digest('hex') },
    labels: 'labels.txt',
    input: { name: 'image', width: 32, height: 32, fit: 'crop' },
    minScore: { floor: 0, default: 0.5 },
    goldens: [],
    license: { spdx: 'MIT' },
    provenance: { source: 'made by a benchmark' },
  };
  await writeFile(path.join(dir, 'manifest.json'), JSON.stringify(manifest));
}
