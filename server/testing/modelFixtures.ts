import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { graphsOf, type Manifest, withGraphs } from '../../vision/manifest.ts';
import type { TaskName } from '../../vision/tasks/taskOf.ts';
import { OnnxGraph } from '../import/onnx/onnxGraph.ts';
import { serialiseOnnx } from '../import/onnx/onnxModel.ts';
import { onnx } from '../import/onnx/onnxProto/onnx.js';
import { float32 } from '../import/onnx/tensor.ts';
import { INT8_FOLDER } from '../library/versionPair.ts';

const SHIPPED = 'models/coco-ssd';

/** A models directory of its own for a test, with the shipped model in it. */
export async function modelsDirectory(t: { after(close: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await copyShipped(path.join(dir, 'coco-ssd'));
  return dir;
}

/**
 * Copies the shipped model without its int8 version: where there is one, a server races both, which takes cores from what is tested.
 * @param from another folder, or one of several models
 */
export const copyShipped = (to: string, from = SHIPPED): Promise<void> =>
  cp(from, to, { recursive: true, filter: (file) => path.basename(file) !== INT8_FOLDER });

/** Puts another version of a model's files into its folder, the manifest last and at once, as a careful operator would. */
export async function publish(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  change: (manifest: Manifest) => Manifest = (manifest) => manifest,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) await replaceFile(path.join(folder, name), content);
  const manifestFile = path.join(folder, 'manifest.json');
  const manifest: Manifest = JSON.parse(await readFile(manifestFile, 'utf8'));
  const hashes = new Map<string, string>();
  for (const { file } of Object.values(graphsOf(manifest))) {
    const graph = await readFile(path.join(folder, file));
    hashes.set(file, createHash('sha256').update(graph).digest('hex'));
  }
  const changed = change(
    withGraphs(manifest, ({ file, sha256 }) => ({ file, sha256: hashes.get(file) ?? sha256 })),
  );
  await replaceFile(manifestFile, `${JSON.stringify(changed, null, 2)}\n`);
}

async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
}

/** The shipped model with one label called otherwise, in labels and goldens: another version that is just as good. */
export async function renamed(label: string, to: string): Promise<Record<string, string>> {
  const labels = await readFile(path.join(SHIPPED, 'labels.txt'), 'utf8');
  const golden = await readFile(path.join(SHIPPED, 'goldens/cup.json'), 'utf8');
  return {
    'labels.txt': labels.replace(new RegExp(`^${label}$`, 'm'), to),
    'goldens/cup.json': golden.replace(`"${label}"`, `"${to}"`),
  };
}

/**
 * The shipped graph made slower: products of large matrices that depend on the picture are added to the scores, times
 * nothing.
 * @param products of 3.5 billion operations each
 */
export async function slowGraph(products = 12): Promise<Uint8Array> {
  const model = onnx.ModelProto.decode(await readFile(path.join(SHIPPED, 'model.onnx')));
  const { graph } = model;
  const image = graph?.input?.[0]?.name;
  const scores = graph?.node?.find(({ output }) => output?.includes('scores'));
  if (!graph?.node || !graph.initializer || !image || !scores?.output) throw new Error('Another graph.');
  const { FLOAT, INT64 } = onnx.TensorProto.DataType;
  const constant = (name: string, dataType: number, dims: number[], data: Float32Array | BigInt64Array) =>
    onnx.TensorProto.create({
      name,
      dataType,
      dims,
      rawData: new Uint8Array(data.buffer),
    });
  const node = (opType: string, input: string[], output: string, attribute: object[] = []) =>
    onnx.NodeProto.create({ opType, input, output: [output], attribute });
  graph.initializer.push(
    constant('slow/shape', INT64, [2], BigInt64Array.of(1_200n, 1_200n)),
    constant('slow/none', FLOAT, [], Float32Array.of(0)),
    // Products of such matrices neither grow nor vanish.
    constant('slow/share', FLOAT, [], Float32Array.of(1 / (255 * 1_200))),
  );
  const cast = { name: 'to', type: onnx.AttributeProto.AttributeType.INT, i: FLOAT };
  const keep = { name: 'keepdims', type: onnx.AttributeProto.AttributeType.INT, i: 0 };
  const fast = 'slow/fast-scores';
  scores.output = scores.output.map((name) => (name === 'scores' ? fast : name));
  graph.node.push(
    node('Cast', [image], 'slow/float', [cast]),
    node('ReduceMean', ['slow/float'], 'slow/mean', [keep]),
    node('Mul', ['slow/mean', 'slow/share'], 'slow/small'),
    node('Expand', ['slow/small', 'slow/shape'], 'slow/0'),
    ...Array.from({ length: products }, (_, i) => node('MatMul', [`slow/${i}`, 'slow/0'], `slow/${i + 1}`)),
    node('ReduceMin', [`slow/${products}`], 'slow/min', [keep]),
    node('Mul', ['slow/min', 'slow/none'], 'slow/nothing'),
    node('Add', [fast, 'slow/nothing'], 'scores'),
  );
  return onnx.ModelProto.encode(model).finish();
}

export const COLOURS = ['red', 'green', 'blue'];

/**
 * A small model that can be reckoned by hand: the mean of each channel, as an embedding, or, as a classification, which
 * of them is the most.
 */
export async function addColourModel(
  modelsDir: string,
  task: Extract<TaskName, 'image-classification' | 'image-embedding'>,
  preparation: Pick<Manifest['input'], 'fit' | 'steps'> = { fit: 'crop' },
): Promise<void> {
  const graph = new OnnxGraph();
  const image = graph.input({ name: 'image', dtype: 'uint8', shape: ['N', 32, 32, 3] });
  const pixels = graph.add('Cast', [image], { to: { int: 1 } }, 'pixels');
  const axes = { axes: { ints: [1, 2] }, keepdims: { int: 0 } };
  const means = graph.add('ReduceMean', [pixels], axes, 'means');
  if (task === 'image-embedding') {
    graph.output({ name: 'embedding', dtype: 'float32', shape: ['N', 3] }, means);
  } else {
    const scaled = graph.add('Mul', [means, graph.constant(float32([1], [0.1]), 'tenth')], {}, 'scaled');
    const scores = graph.add('Softmax', [scaled], { axis: { int: 1 } }, 'softmax');
    graph.output({ name: 'scores', dtype: 'float32', shape: ['N', 3] }, scores);
  }
  const bytes = serialiseOnnx(graph, 'colours');
  const id = task === 'image-embedding' ? 'colour-means' : 'colours';
  const manifest: Manifest = {
    schema: 1,
    id,
    name: 'Colours',
    description: 'Which of red, green and blue there is most of.',
    task,
    graph: { file: 'model.onnx', sha256: createHash('sha256').update(bytes).digest('hex') },
    labels: task === 'image-embedding' ? undefined : 'labels.txt',
    input: { name: 'image', width: 32, height: 32, ...preparation },
    minScore: { floor: 0, default: 0.5 },
    goldens: [],
    license: { spdx: 'MIT' },
    provenance: { source: 'made by a test', addedAt: '2026-01-01T00:00:00Z', since: '2026-01-01T00:00:00Z' },
  };
  const staged = path.join(modelsDir, `.${id}`);
  await mkdir(staged);
  await writeFile(path.join(staged, 'model.onnx'), bytes);
  await writeFile(path.join(staged, 'labels.txt'), `${COLOURS.join('\n')}\n`);
  await writeFile(path.join(staged, 'manifest.json'), JSON.stringify(manifest));
  await rename(staged, path.join(modelsDir, id));
}
