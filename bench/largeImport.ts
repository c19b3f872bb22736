import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OnnxGraph } from '../server/import/onnx/onnxGraph.ts';
import { serialiseOnnx } from '../server/import/onnx/onnxModel.ts';
import { float32 } from '../server/import/onnx/tensor.ts';
import { importModel } from '../server/import/run/importModel.ts';

/**
 * What it takes to import a model of 100 MB: time, and the most memory that its process has. Run it alone:
 *
 *   node --import tsx bench/largeImport.ts
 */
const SIDE = 2_500;
const LAYERS = 4;

const [given] = process.argv.slice(2);
if (given === undefined) await measure();
else await importHere(given);

async function measure(): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-large-'));
  try {
    await writeFile(path.join(dir, 'model.onnx'), largeModel());
    // A process of its own, as an import has.
    execFileSync(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), dir], {
      stdio: 'inherit',
    });
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function importHere(dir: string): Promise<void> {
  const before = process.memoryUsage.rss();
  const start = performance.now();
  await importModel(
    { description: 'a benchmark', dir, entry: 'model.onnx' },
    {},
    {
      stagingDir: path.join(dir, 'staging'),
      measureCost: async () => ({ loadMs: 0, inferMs: 0, memoryBytes: 0 }),
    },
  );
  const seconds = (performance.now() - start) / 1000;
  const peak = process.resourceUsage().maxRSS * 1024;
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  console.log(
    `${seconds.toFixed(2)} s, at most ${megabytes(peak)}, of which ${megabytes(before)} before it began`,
  );
}

function largeModel(): Uint8Array {
  const graph = new OnnxGraph();
  const weights = (rows: number, columns: number) =>
    graph.constant(float32([rows, columns], new Float32Array(rows * columns).fill(1e-3)), 'weights');
  const input = graph.input({ name: 'pixels', dtype: 'float32', shape: ['N', 3, 64, 64] });
  let value = graph.add('Flatten', [graph.add('GlobalAveragePool', [input], {}, 'pool')], {}, 'flat');
  value = graph.add('MatMul', [value, weights(3, SIDE)], {}, 'first');
  for (let layer = 0; layer < LAYERS; layer++) {
    value = graph.add('Relu', [graph.add('MatMul', [value, weights(SIDE, SIDE)], {}, 'product')], {}, 'relu');
  }
  value = graph.add('MatMul', [value, weights(SIDE, 3)], {}, 'last');
  graph.output({ name: 'logits', dtype: 'float32', shape: ['N', 3] }, value);
  return serialiseOnnx(graph, 'large');
}
