import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { OnnxGraph } from '../../import/onnx/onnxGraph.ts';
import { serialiseOnnx } from '../../import/onnx/onnxModel.ts';
import { float32, int64 } from '../../import/onnx/tensor.ts';

const SIDE = 32;
const FLOAT = { to: { int: 1 } };

/** A rectangle in a dark picture, pixels; where it lies and its colour are the answer. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly colour: readonly [number, number, number];
}
export const RECTANGLES: readonly Rectangle[] = [
  { left: 4, top: 8, width: 16, height: 12, colour: [220, 30, 20] },
  { left: 10, top: 2, width: 20, height: 28, colour: [10, 60, 200] },
];

export const pictureOf = ({ left, top, width, height, colour: [r, g, b] }: Rectangle): Promise<Buffer> =>
  sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#000' } })
    .composite([{ input: { create: { width, height, channels: 3, background: { r, g, b } } }, left, top }])
    .png()
    .toBuffer();

/** What the model says of it. */
export const swatchOf = ({ left, top, width, height, colour }: Rectangle) => ({
  label: colour[0] > colour[2] ? 'red' : 'blue',
  colour: [...colour],
  box: [left / SIDE, top / SIDE, width / SIDE, height / SIDE],
});

/** The files of a model folder of schema 2, by their paths; goldens are as reckoned by hand. */
export async function swatchesModel(): Promise<Map<string, Uint8Array | string>> {
  const graphs = { finder: finder(), reader: reader() };
  const named = Object.entries(graphs).map(([name, bytes]) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return [name, { file: `graphs/${name}.onnx`, sha256 }] as const;
  });
  const manifest = {
    schema: 2,
    id: 'swatches',
    name: 'Swatches',
    description: 'The colour of a bright rectangle.',
    task: 'colour-swatches',
    graphs: Object.fromEntries(named),
    labels: 'labels.txt',
    input: { name: 'image', width: SIDE, height: SIDE, fit: 'stretch' },
    minScore: { floor: 0, default: 0.5 },
    goldens: RECTANGLES.map((_, at) => ({ image: `goldens/${at}.png`, expected: `goldens/${at}.json` })),
    license: { spdx: 'MIT' },
    provenance: { source: 'made by a test' },
  };
  const files = new Map<string, Uint8Array | string>([
    ['manifest.json', JSON.stringify(manifest)],
    ['labels.txt', 'red\ngreen\nblue\n'],
    ['graphs/finder.onnx', graphs.finder],
    ['graphs/reader.onnx', graphs.reader],
  ]);
  for (const [at, rectangle] of RECTANGLES.entries()) {
    files.set(`goldens/${at}.png`, await pictureOf(rectangle));
    const golden = { recordedBy: 'by hand', swatches: [swatchOf(rectangle)] };
    files.set(`goldens/${at}.json`, JSON.stringify(golden));
  }
  return files;
}

function finder(): Uint8Array {
  const graph = new OnnxGraph();
  const image = graph.input({ name: 'image', dtype: 'uint8', shape: [1, SIDE, SIDE, 3] });
  const pixels = graph.add('Cast', [image], FLOAT, 'pixels');
  const over = (axis: number, value: string, hint: string) =>
    graph.add('ReduceMax', [value], { axes: { ints: [axis] }, keepdims: { int: 0 } }, hint);
  const limit = graph.constant(float32([1], [8]), 'limit');
  const bright = graph.add('Greater', [over(3, pixels, 'brightest'), limit], {}, 'bright');
  const mask = graph.add('Cast', [bright], FLOAT, 'mask');
  const edge = (line: string, last: number, hint: string) => {
    const attributes = { axis: { int: 1 }, keepdims: { int: 0 }, select_last_index: { int: last } };
    return graph.add('Cast', [graph.add('ArgMax', [line], attributes, `${hint}:at`)], FLOAT, hint);
  };
  const [columns, rows] = [over(1, mask, 'columns'), over(2, mask, 'rows')];
  const all = [
    edge(columns, 0, 'left'),
    edge(rows, 0, 'top'),
    edge(columns, 1, 'right'),
    edge(rows, 1, 'bottom'),
  ];
  const edges = graph.add('Concat', all, { axis: { int: 0 } }, 'joined');
  graph.output({ name: 'edges', dtype: 'float32', shape: [4] }, edges);
  return serialiseOnnx(graph, 'finder');
}

function reader(): Uint8Array {
  const graph = new OnnxGraph();
  const image = graph.input({ name: 'image', dtype: 'uint8', shape: [1, SIDE, SIDE, 3] });
  const edges = graph.input({ name: 'edges', dtype: 'float32', shape: [4] });
  const pixels = graph.add('Cast', [image], FLOAT, 'pixels');
  const edge = (at: number) =>
    graph.add('Gather', [edges, graph.constant(int64([at]), `at ${at}`)], {}, `edge ${at}`);
  const within = (shape: number[], from: string, to: string, hint: string) => {
    const places = graph.constant(
      float32(
        shape,
        Array.from({ length: SIDE }, (_, i) => i),
      ),
      `${hint} places`,
    );
    const after = graph.add('GreaterOrEqual', [places, from], {}, `${hint} after`);
    const before = graph.add('LessOrEqual', [places, to], {}, `${hint} before`);
    return graph.add('And', [after, before], {}, hint);
  };
  const columns = within([1, 1, SIDE, 1], edge(0), edge(2), 'columns');
  const rows = within([1, SIDE, 1, 1], edge(1), edge(3), 'rows');
  const mask = graph.add('Cast', [graph.add('And', [columns, rows], {}, 'both')], FLOAT, 'mask');
  const mean = (value: string, hint: string) =>
    graph.add('ReduceMean', [value], { axes: { ints: [1, 2] }, keepdims: { int: 0 } }, hint);
  const sum = mean(graph.add('Mul', [pixels, mask], {}, 'inside'), 'sum');
  const colour = graph.add('Div', [sum, mean(mask, 'share')], {}, 'mean');
  graph.output({ name: 'colour', dtype: 'float32', shape: [1, 3] }, colour);
  return serialiseOnnx(graph, 'reader');
}
