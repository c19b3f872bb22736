import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OnnxGraph } from '../server/import/onnx/onnxGraph.ts';
import { serialiseOnnx } from '../server/import/onnx/onnxModel.ts';
import { float32 } from '../server/import/onnx/tensor.ts';
import { FREES_LARGE_BLOCKS } from '../server/import/run/childProcess.ts';
import { importModel } from '../server/import/run/importModel.ts';
import {
  intBytes,
  makeTflite,
  type SmallOperator,
  type SmallTensor,
} from '../server/import/testing/tfliteForTests.ts';

/**
 * What it takes to import a model of 100 MB: time, and the most memory that its process has; as ONNX, TensorFlow.js and
 * TensorFlow Lite. Run it alone:
 *
 *   node --import tsx bench/largeImport.ts
 */
const SIDE = 2_500;
const LAYERS = 4;
/** Rows and columns of the matrices that a picture's mean colour goes through. */
const MATRICES = [[3, SIDE], ...Array.from({ length: LAYERS }, () => [SIDE, SIDE]), [SIDE, 3]] as const;

const [given] = process.argv.slice(2);
if (given === undefined) await measure();
else await importHere(given);

async function measure(): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-large-'));
  const files = { 'model.onnx': onnxModel, 'model.json': tfjsModel, 'model.tflite': tfliteModel };
  try {
    for (const [name, make] of Object.entries(files)) {
      const folder = path.join(dir, path.extname(name).slice(1));
      await mkdir(folder);
      for (const [file, content] of Object.entries(make())) await writeFile(path.join(folder, file), content);
      console.log(name);
      // A process of its own, as an import has.
      execFileSync(
        process.execPath,
        ['--import', 'tsx', fileURLToPath(import.meta.url), path.join(folder, name)],
        { stdio: 'inherit', env: { ...process.env, ...FREES_LARGE_BLOCKS } },
      );
    }
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function importHere(file: string): Promise<void> {
  const dir = path.dirname(file);
  const before = process.memoryUsage.rss();
  const start = performance.now();
  await importModel(
    { description: 'a benchmark', dir, entry: path.basename(file) },
    { labels: ['red', 'green', 'blue'] },
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

function weightsOf(count: number): Float32Array<ArrayBuffer> {
  return new Float32Array(count).fill(1e-3);
}

function onnxModel(): Record<string, Uint8Array> {
  const graph = new OnnxGraph();
  const input = graph.input({ name: 'pixels', dtype: 'float32', shape: ['N', 3, 64, 64] });
  let value = graph.add('Flatten', [graph.add('GlobalAveragePool', [input], {}, 'pool')], {}, 'flat');
  for (const [rows, columns] of MATRICES) {
    const weights = graph.constant(float32([rows, columns], weightsOf(rows * columns)), 'weights');
    value = graph.add('Relu', [graph.add('MatMul', [value, weights], {}, 'product')], {}, 'relu');
  }
  graph.output({ name: 'logits', dtype: 'float32', shape: ['N', 3] }, value);
  return { 'model.onnx': serialiseOnnx(graph, 'large') };
}

function tfjsModel(): Record<string, Uint8Array | string> {
  const float = { T: { type: 'DT_FLOAT' } };
  const dim = [-1, 64, 64, 3].map((size) => ({ size: String(size) }));
  const constant = (name: string, dtype: string) => ({
    ...{ name, op: 'Const', attr: { dtype: { type: dtype } } },
  });
  const matrices = MATRICES.map((shape, i) => ({ name: `weights${i}`, shape, dtype: 'float32' }));
  const node = [
    {
      ...{ name: 'pixels', op: 'Placeholder' },
      attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } },
    },
    constant('axes', 'DT_INT32'),
    { name: 'mean', op: 'Mean', input: ['pixels', 'axes'], attr: float },
    ...matrices.flatMap(({ name }, i) => [
      constant(name, 'DT_FLOAT'),
      {
        ...{ name: `product${i}`, op: 'MatMul', attr: float },
        input: [i === 0 ? 'mean' : `relu${i - 1}`, name],
      },
      { name: `relu${i}`, op: 'Relu', input: [`product${i}`], attr: float },
    ]),
  ];
  const weights = [{ name: 'axes', shape: [2], dtype: 'int32' }, ...matrices];
  const numbers = MATRICES.reduce((sum, [rows, columns]) => sum + rows * columns, 0);
  const model = {
    format: 'graph-model',
    modelTopology: { node },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  const axes = Buffer.from(Int32Array.of(1, 2).buffer);
  return {
    'model.json': JSON.stringify(model),
    'weights.bin': Buffer.concat([axes, Buffer.from(weightsOf(numbers).buffer)]),
  };
}

function tfliteModel(): Record<string, Uint8Array> {
  const tensors: SmallTensor[] = [
    { shape: [1, 64, 64, 3] },
    { shape: [2], type: 2, bytes: intBytes([1, 2]) },
    { shape: [1, 3] },
  ];
  const operators: SmallOperator[] = [{ op: 'MEAN', inputs: [0, 1], outputs: [2] }];
  for (const [rows, columns] of MATRICES) {
    const at = tensors.length;
    tensors.push(
      { shape: [columns, rows], bytes: new Uint8Array(weightsOf(rows * columns).buffer) },
      { shape: [1, columns] },
    );
    operators.push({
      ...{ op: 'FULLY_CONNECTED', inputs: [at - 1, at, -1], outputs: [at + 1] },
      ...{ options: { 0: { byte: 1 } }, optionsType: 8 },
    });
  }
  return { 'model.tflite': makeTflite(tensors, operators, [tensors.length - 1]) };
}
