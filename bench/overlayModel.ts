import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OnnxGraph } from '../server/import/onnx/onnxGraph.ts';
import { serialiseOnnx } from '../server/import/onnx/onnxModel.ts';
import { float32, int64 } from '../server/import/onnx/tensor.ts';
import { importModel } from '../server/import/run/importModel.ts';
import { NO_COST } from '../server/import/testing/importForTests.ts';
import { DRAWN, type Drawn } from './drawn.ts';

const SIDE = 320;
const ROWS = 300;
const PEOPLE = 3;
/** How far things sway to each side, in pixels of the input. */
const SWAY = 16;
/** Of the sway, radians for a change of the mean brightness from black to white: the footage pans, and they swing with it. */
const TURNS = 240;
const CELLS = 80;
const PROTOTYPES = 32;
/** COCO's 17 points of someone who stands, in 0..1 of the box. */
const STANDING = [
  ...[
    0.5, 0.09, 0.54, 0.06, 0.46, 0.06, 0.58, 0.08, 0.42, 0.08, 0.64, 0.23, 0.36, 0.23, 0.82, 0.14, 0.22, 0.38,
  ],
  ...[0.95, 0.02, 0.15, 0.52, 0.6, 0.54, 0.4, 0.54, 0.66, 0.76, 0.36, 0.76, 0.7, 0.98, 0.3, 0.98],
];

/**
 * A model without weights in the form of Ultralytics' end-to-end exports: it finds three people who sway with the
 * footage's brightness, so that all that is drawn of them changes with each picture. Boxes alone, or with masks or key points.
 */
function swayingModel(drawn: Drawn): Uint8Array {
  const graph = new OnnxGraph();
  const add = (op: string, inputs: string[], attributes = {}) => graph.add(op, inputs, attributes, op);
  const numbers = (values: readonly number[], shape: readonly number[] = []) =>
    graph.constant(float32(shape, values), 'numbers');
  const shapeOf = (...sides: number[]) => graph.constant(int64(sides), 'shape');
  const input = graph.input({ name: 'images', dtype: 'float32', shape: [1, 3, SIDE, SIDE] });
  const mean = add('ReduceMean', [input], { axes: { ints: [1, 2, 3] }, keepdims: { int: 0 } });
  const swing = add('Sin', [add('Mul', [mean, numbers([TURNS])])]);
  const sway = add('Reshape', [add('Mul', [swing, numbers([SWAY])]), shapeOf(1, 1, 1)]);
  // Each number of a row is a + b * sway + c * sway * sway.
  const rows = Array.from({ length: PEOPLE }, (_, person) => rowOf(drawn, person));
  const columns = rows[0]?.length ?? 0;
  const tables = [0, 1, 2].map((power) => {
    const values = rows.flatMap((row) => row.map((terms) => terms[power] ?? 0));
    const padding = Array.from({ length: (ROWS - PEOPLE) * columns }, () => 0);
    return numbers([...values, ...padding], [1, ROWS, columns]);
  });
  const [still = '', linear = '', square = ''] = tables;
  const moved = add('Add', [still, add('Mul', [linear, sway])]);
  const found = add('Add', [moved, add('Mul', [square, add('Mul', [sway, sway])])]);
  graph.output({ name: 'output0', dtype: 'float32', shape: [1, ROWS, columns] }, found);
  if (drawn === 'outlines') {
    // Depends on the picture, so that it is no constant.
    const none = add('Mul', [mean, numbers([0])]);
    const maps = add('Add', [numbers(prototypes(), [1, PROTOTYPES, CELLS, CELLS]), none]);
    graph.output({ name: 'output1', dtype: 'float32', shape: [1, PROTOTYPES, CELLS, CELLS] }, maps);
  }
  return serialiseOnnx(graph, 'swaying');
}

/** The numbers of a person's row, each by its powers of the sway. */
function rowOf(drawn: Drawn, person: number): (readonly [number, number?, number?])[] {
  const [width, height] = [0.26 * SIDE, 0.7 * SIDE];
  const [x, y] = [(0.04 + person * 0.33) * SIDE, 0.15 * SIDE];
  const score = drawn === 'nothing' ? 0.001 : 0.9 - 0.01 * person;
  const box = [[x, 1], [y], [x + width, 1], [y + height], [score], [0]] as [number, number?][];
  switch (drawn) {
    case 'skeletons': {
      const points = Array.from({ length: STANDING.length / 2 }, (_, point) => [
        [x + (STANDING[2 * point] ?? 0) * width, 1],
        [y + (STANDING[2 * point + 1] ?? 0) * height],
        [0.9],
      ]) as [number, number?][][];
      return [...box, ...points.flat()];
    }
    case 'outlines': {
      // An ellipse with ragged edges: 6 * (1 - ((x - centre) / a)^2 - ((y - centre) / b)^2) + waves, by prototypes of x, x^2 and so on.
      const [a, b] = [(0.42 * width) ** 2, (0.47 * height) ** 2];
      const [across, down] = [x + width / 2, y + height / 2];
      const terms: [number, number?, number?][] = [
        [6 * (1 - across ** 2 / a - down ** 2 / b), (-12 * across) / a, -6 / a],
        [(12 * across * SIDE) / a, (12 * SIDE) / a],
        [(12 * down * SIDE) / b],
        [(-6 * SIDE * SIDE) / a],
        [(-6 * SIDE * SIDE) / b],
        [2],
      ];
      const rest = Array.from({ length: PROTOTYPES - terms.length }, () => [0] as [number]);
      return [...box, ...terms, ...rest];
    }
    default:
      return box;
  }
}

/** 1, x, y, x^2, y^2 and waves, in 0..1 of the picture; the rest is nothing. */
function prototypes(): number[] {
  const maps = [
    () => 1,
    (x: number) => x,
    (_: number, y: number) => y,
    (x: number) => x * x,
    (_: number, y: number) => y * y,
    (x: number, y: number) => Math.sin(40 * x) * Math.sin(30 * y),
  ];
  return Array.from({ length: PROTOTYPES }, (_, map) =>
    Array.from({ length: CELLS * CELLS }, (_, cell) => {
      const [x, y] = [((cell % CELLS) + 0.5) / CELLS, (Math.floor(cell / CELLS) + 0.5) / CELLS];
      return maps[map]?.(x, y) ?? 0;
    }),
  ).flat();
}

async function addSwayingModel(drawn: Drawn, modelsDir: string): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-swaying-'));
  await writeFile(path.join(dir, 'model.onnx'), swayingModel(drawn));
  const stagingDir = path.join(modelsDir, '.swaying');
  const labels = drawn === 'skeletons' ? ['person'] : ['person', 'dog', 'cat'];
  await importModel(
    { description: 'a bench', dir },
    { id: 'swaying', name: 'Swaying', labels, scale: 1 / 255, fit: 'stretch' },
    { stagingDir, measureCost: NO_COST },
  );
  await rename(stagingDir, path.join(modelsDir, 'swaying'));
  await rm(dir, { recursive: true });
}

// Its own process, one for each model: the importer forbids its process to read pictures from files, as footage does.
const [drawn, modelsDir] = process.argv.slice(2);
const kind = DRAWN.find((one) => one === drawn);
if (kind && modelsDir) await addSwayingModel(kind, modelsDir);
