import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OnnxGraph } from '../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { float32, int64 } from '../onnx/tensor.ts';
import { importModel } from '../run/importModel.ts';
import { NO_COST } from './importForTests.ts';

/** COCO's 17 points of someone who stands and waves, in 0..1 of the box around them; the left ear is hidden. */
const STANDING: readonly (readonly [x: number, y: number, score: number])[] = [
  ...([
    [0.5, 0.09, 0.95],
    [0.54, 0.06, 0.95],
    [0.46, 0.06, 0.95],
    [0.58, 0.08, 0.1],
  ] as const),
  ...([
    [0.42, 0.08, 0.8],
    [0.64, 0.23, 0.95],
    [0.36, 0.23, 0.95],
    [0.82, 0.14, 0.9],
  ] as const),
  ...([
    [0.22, 0.38, 0.9],
    [0.95, 0.02, 0.9],
    [0.15, 0.52, 0.9],
    [0.6, 0.54, 0.9],
  ] as const),
  ...([
    [0.4, 0.54, 0.9],
    [0.66, 0.76, 0.9],
    [0.36, 0.76, 0.9],
    [0.7, 0.98, 0.9],
    [0.3, 0.98, 0.9],
  ] as const),
];
const SIDE = 64;
/** How far all moves across the picture from black to white, in pixels of the input. */
const SWAY = 12;

/** Where a person of the model stands for a picture of that mean brightness, 0..1: x of the box's left, in 0..1. */
const leftOf = (person: number, people: number) => 0.04 + (person * 0.8) / people;

/**
 * For tests: a model in the form of Ultralytics' end-to-end poses, [1, R, 57], that finds the same people in every picture, from
 * left to right; they stand farther right the brighter the picture is.
 */
function poseModel(people: number): Uint8Array {
  const graph = new OnnxGraph();
  const add = (op: string, inputs: string[], attributes = {}) => graph.add(op, inputs, attributes, op);
  const input = graph.input({ name: 'images', dtype: 'float32', shape: [1, 3, SIDE, SIDE] });
  const brightness = graph.add(
    'ReduceMean',
    [input],
    { axes: { ints: [1, 2, 3] }, keepdims: { int: 0 } },
    'brightness',
  );
  const rows = Array.from({ length: people }, (_, person) => {
    const [x, y, width, height] = [leftOf(person, people), 0.15, 0.5 / people + 0.05, 0.8];
    const corners = [x, y, x + width, y + height].map((value) => value * SIDE);
    const points = STANDING.flatMap(([across, down, score]) => [
      (x + across * width) * SIDE,
      (y + down * height) * SIDE,
      score,
    ]);
    return [...corners, 0.9 - 0.01 * person, 0, ...points];
  });
  const columns = rows[0]?.length ?? 0;
  const isX = (column: number) => column === 0 || column === 2 || (column > 5 && column % 3 === 0);
  const ways = Array.from({ length: columns }, (_, column) => (isX(column) ? SWAY : 0));
  const moved = add('Mul', [
    add('Reshape', [brightness, graph.constant(int64([1, 1, 1]), 'shape')]),
    graph.constant(float32([1, 1, columns], ways), 'ways'),
  ]);
  const found = graph.add(
    'Add',
    [moved, graph.constant(float32([1, people, columns], rows.flat()), 'rows')],
    {},
    'output0',
  );
  graph.output({ name: 'output0', dtype: 'float32', shape: [1, people, columns] }, found);
  return serialiseOnnx(graph, 'poses');
}

/** For tests: imports such a model, as `pose`, into a folder of models. */
export async function addPoseModel(modelsDir: string, people: number): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-pose-'));
  await writeFile(path.join(dir, 'model.onnx'), poseModel(people));
  const options = { id: 'pose', name: 'Pose', labels: ['person'], scale: 1 / 255, fit: 'stretch' } as const;
  const stagingDir = path.join(modelsDir, '.pose');
  await importModel(
    { description: 'a test', dir },
    { ...options, labels: [...options.labels] },
    {
      stagingDir,
      measureCost: NO_COST,
    },
  );
  await rename(stagingDir, path.join(modelsDir, 'pose'));
  await rm(dir, { recursive: true });
}
