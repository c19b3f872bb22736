import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { OnnxGraph, type OnnxNode } from '../onnx/onnxGraph.ts';
import { nodeProto, portProto, serialiseOnnx, tensorProto } from '../onnx/onnxModel.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import type { Preparation } from '../onnx/preparation.ts';
import { float32, int64 } from '../onnx/tensor.ts';
import { seeded } from './opHarness.ts';

/** A folder that goes when the test ends. */
export async function temporaryFolder(t: { after(done: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(path.join(await realpath(tmpdir()), 'livelens-import-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/**
 * An untrained network: it tells pictures apart, but gives names that mean nothing.
 * @param options.channels of what each of its convolutions gives; many of them take some time
 */
export function tinyClassifier({
  classes = 3,
  channels = [8],
  metadata = {},
}: {
  classes?: number;
  channels?: readonly number[];
  metadata?: Record<string, string>;
} = {}): Uint8Array {
  const batch = 'N';
  const random = seeded(5);
  const graph = new OnnxGraph();
  const weights = (shape: number[], scale = 1) =>
    graph.constant(
      float32(
        shape,
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (random() * 2 - 1) * scale),
      ),
      'weights',
    );
  const input = graph.input({ name: 'pixels', dtype: 'float32', shape: [batch, 3, 32, 32] });
  let features = input;
  let width = 3;
  for (const wide of channels) {
    const scale = width === 3 ? 1 : 1 / Math.sqrt(width);
    const convolution = graph.add('Conv', [features, weights([wide, width, 3, 3], scale)], {}, 'conv');
    features = graph.add('Relu', [convolution], {}, 'relu');
    width = wide;
  }
  const pooled = graph.add('Flatten', [graph.add('GlobalAveragePool', [features], {}, 'pool')], {}, 'flat');
  const logits = graph.add('MatMul', [pooled, weights([width, classes])], {}, 'logits');
  graph.output({ name: 'logits', dtype: 'float32', shape: [batch, classes] }, logits);
  const bytes = serialiseOnnx(graph, 'tiny');
  if (Object.keys(metadata).length === 0) return bytes;
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  return onnx.ModelProto.encode({ ...onnx.ModelProto.decode(bytes), metadataProps }).finish();
}

/**
 * A model that is right by hand: it tells pictures of 8x8 pixels by how red, green and blue they are. `none` says the
 * same of all, `picture` gives the picture itself.
 */
export function flatClassifier({
  weights,
  channels = 'RGB',
  shape = ['N', 3, 8, 8],
  dtype = 'float32',
}: {
  /**
   * `channels-last`: that it mixes the last of its axes is all that tells of its layout. `channels-last-or-first`: of
   * 3x3 pixels, it runs on either layout and is right on channels last.
   */
  weights: 'colours' | 'none' | 'picture' | 'channels-last' | 'channels-last-or-first';
  channels?: 'RGB' | 'BGR';
  shape?: (number | string)[];
  dtype?: 'float32' | 'float16';
}): Uint8Array {
  const graph = new OnnxGraph();
  const area = 64;
  const pixels = graph.input({ name: 'pixels', dtype: 'float32', shape });
  const floats =
    dtype === 'float16'
      ? graph.add('Cast', [pixels], { to: { int: onnx.TensorProto.DataType.FLOAT } }, 'floats')
      : pixels;
  if (weights === 'picture') {
    graph.output({ name: 'logits', dtype: 'float32', shape }, graph.add('Relu', [floats], {}, 'logits'));
  } else if (weights === 'channels-last' || weights === 'channels-last-or-first') {
    const eye = graph.constant(float32([3, 3], [9, 0, 0, 0, 9, 0, 0, 0, 9]), 'eye');
    const mixed = graph.add('MatMul', [floats, eye], {}, 'mixed');
    const mean = { axes: { ints: [1, 2] }, keepdims: { int: 0 } };
    graph.output(
      { name: 'logits', dtype: 'float32', shape: ['N', 3] },
      graph.add('ReduceMean', [mixed], mean, 'logits'),
    );
  } else {
    const order = channels === 'RGB' ? [0, 1, 2] : [2, 1, 0];
    const matrix = Float32Array.from({ length: 3 * area * 3 }, (_, at) => {
      const channel = Math.floor(at / 3 / area);
      return weights === 'colours' && order[channel] === at % 3 ? 10 / area : 0;
    });
    const rows = graph.constant(int64([-1, 3 * area]), 'rows');
    const flat = graph.add('Reshape', [floats, rows], {}, 'flat');
    const product = graph.add(
      'MatMul',
      [flat, graph.constant(float32([3 * area, 3], matrix), 'matrix')],
      {},
      'product',
    );
    const bias = graph.constant(float32([3], weights === 'none' ? [2, 0, 1] : [0, 0, 0]), 'bias');
    const logits = graph.add('Add', [product, bias], {}, 'logits');
    graph.output(
      { name: 'logits', dtype: 'float32', shape: [shape.length === 4 ? (shape[0] ?? 'N') : 1, 3] },
      logits,
    );
  }
  const bytes = serialiseOnnx(graph, 'flat');
  if (dtype === 'float32') return bytes;
  const model = onnx.ModelProto.decode(bytes);
  const type = model.graph?.input?.[0]?.type?.tensorType;
  if (type) type.elemType = onnx.TensorProto.DataType.FLOAT16;
  return onnx.ModelProto.encode(model).finish();
}

/** An untrained detector of the shape of YOLOv8: 30 anchors, 3 classes, boxes in 0..1. */
export function tinyDetector(): Uint8Array {
  const random = seeded(11);
  const graph = new OnnxGraph();
  const pixels = graph.input({ name: 'pixels', dtype: 'float32', shape: ['N', 3, 8, 8] });
  const matrix = Float32Array.from({ length: 192 * 210 }, () => random() / 4 - 0.125);
  const flat = graph.add('Reshape', [pixels, graph.constant(int64([-1, 192]), 'rows')], {}, 'flat');
  const values = graph.add(
    'MatMul',
    [flat, graph.constant(float32([192, 210], matrix), 'matrix')],
    {},
    'values',
  );
  const table = graph.add('Reshape', [values, graph.constant(int64([-1, 7, 30]), 'table')], {}, 'reshaped');
  graph.output(
    { name: 'output0', dtype: 'float32', shape: ['N', 7, 30] },
    graph.add('Sigmoid', [table], {}, 'out'),
  );
  return serialiseOnnx(graph, 'detector');
}

/** A picture of one colour, PNG. */
export const solidPicture = (colour: string): Promise<Uint8Array> =>
  sharp({ create: { width: 32, height: 32, channels: 3, background: colour } })
    .png()
    .toBuffer();

/** How the trained network below wants its pictures, and what it gives. */
export interface TrainedAs {
  readonly layout?: 'NCHW' | 'NHWC';
  readonly preparation: Preparation;
  readonly gives:
    | 'logits'
    | 'softmax'
    | 'sigmoid'
    | 'ssd'
    | 'yolo-v8'
    | 'yolo-v5'
    | 'end-to-end'
    | 'boxes-scores-classes';
  readonly opset?: number;
  readonly batch?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Of a classifier. */
  readonly outputName?: string;
}

export const IMAGENET: Preparation = {
  channels: 'RGB',
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

const SIDE_PX = 300;
const FIRST_FILTER = 'FeatureExtractor/MobilenetV2/Conv/BatchNorm/batchnorm/mul_1:filter';
const FIRST_BIAS = 'FeatureExtractor/MobilenetV2/Conv/BatchNorm/batchnorm/mul_1:bias';
const ANCHORS = 1917;
const CLASSES = 80;

/**
 * The network that ships, which really learned what things look like, as another exporter would have written it: the
 * preparation of pixels is folded into its first weights, so that nothing in the graph tells of it. A classifier of it
 * says which of COCO's things is in the picture at all.
 */
export async function trainedModel({
  layout = 'NCHW',
  preparation,
  gives,
  opset = 13,
  batch,
  metadata = {},
  outputName = 'scores',
}: TrainedAs): Promise<Uint8Array> {
  const model = onnx.ModelProto.decode(
    await readFile(new URL('../../../models/coco-ssd/model.onnx', import.meta.url)),
  );
  const graph = model.graph as onnx.GraphProto;
  const network = 'Preprocessor/sub:channels-first';
  const from = graph.node.findIndex(({ output }) => output?.[0] === network) + 1;
  const to = graph.node.findIndex(({ output }) => output?.[0] === 'head/corners') + 1;
  foldPreparation(graph, preparation);

  const back = new OnnxGraph();
  const add = (op: string, inputs: string[], attributes: OnnxNode['attributes'] = {}, hint = `made/${op}`) =>
    back.add(op, inputs, attributes, hint);
  const ints = (...values: number[]) => back.constant(int64(values), 'made/ints');
  const floats = (values: number[], shape = [values.length]) =>
    back.constant(float32(shape, values), 'made/floats');
  const pictures = batch ?? 'N';
  const output = (name: string, shape: (number | string)[], value: string) =>
    back.output({ name, dtype: 'float32', shape: [pictures, ...shape] }, value);

  // The layer of class scores is changed in shape alone, by ops that older and newer opsets have alike.
  const logits = 'concat_1';
  const axis = (at: number) => ({ axis: { int: at } });
  const leftTopRightBottom = () => add('Gather', ['head/corners', ints(1, 0, 3, 2)], axis(2));
  const part = (value: string, start: number, end: number) =>
    add('Slice', [value, ints(start), ints(end), ints(2)]);
  const centreAndSize = () => {
    const corners = add('Mul', [leftTopRightBottom(), floats([SIDE_PX])]);
    const [first, second] = [part(corners, 0, 2), part(corners, 2, 4)];
    const centre = add('Mul', [add('Add', [first, second]), floats([0.5])]);
    return add('Concat', [centre, add('Sub', [second, first])], axis(2));
  };
  switch (gives) {
    case 'logits':
    case 'softmax':
    case 'sigmoid': {
      const most = add('Reshape', [
        add('MaxPool', [add('Transpose', [logits], { perm: { ints: [0, 2, 1] } })], {
          kernel_shape: { ints: [ANCHORS] },
        }),
        ints(0, CLASSES),
      ]);
      const op = { logits: 'Identity', softmax: 'Softmax', sigmoid: 'Sigmoid' }[gives];
      output(outputName, [CLASSES], add(op, [most], gives === 'softmax' ? axis(1) : {}));
      break;
    }
    case 'ssd':
      output('boxes', [ANCHORS, 4], leftTopRightBottom());
      output('scores', [ANCHORS, CLASSES], add('Sigmoid', [logits]));
      break;
    case 'yolo-v8': {
      const table = add('Concat', [centreAndSize(), add('Sigmoid', [logits])], axis(2));
      output('output0', [4 + CLASSES, ANCHORS], add('Transpose', [table], { perm: { ints: [0, 2, 1] } }));
      break;
    }
    case 'yolo-v5': {
      const boxes = centreAndSize();
      // As sure as can be that there is something: the scores of the classes say the rest.
      const something = add('Add', [add('Mul', [part(boxes, 0, 1), floats([0])]), floats([1])]);
      output(
        'output0',
        [ANCHORS, 5 + CLASSES],
        add('Concat', [boxes, something, add('Sigmoid', [logits])], axis(2)),
      );
      break;
    }
    case 'end-to-end':
    case 'boxes-scores-classes': {
      const [best = '', places = ''] = back.addMany(
        'TopK',
        [add('Reshape', [add('Sigmoid', [logits]), ints(0, -1)]), ints(20)],
        axis(1),
        'made/best',
        2,
      );
      const anchors = add('Div', [places, ints(CLASSES)]);
      const classes = add('Cast', [add('Sub', [places, add('Mul', [anchors, ints(CLASSES)])])], {
        to: { int: 1 },
      });
      const four = add('Reshape', [anchors, ints(0, -1, 1)]);
      const order = gives === 'end-to-end' ? leftTopRightBottom() : 'head/corners';
      const boxes = add('GatherElements', [order, add('Concat', [four, four, four, four], axis(2))], axis(1));
      if (gives === 'end-to-end') {
        const column = (value: string) => add('Reshape', [value, ints(0, -1, 1)]);
        const pixels = add('Mul', [boxes, floats([SIDE_PX])]);
        output('output0', [20, 6], add('Concat', [pixels, column(best), column(classes)], axis(2)));
      } else {
        output('detection_boxes', [20, 4], boxes);
        output('detection_scores', [20], best);
        output('detection_classes', [20], add('Add', [classes, floats([1])]));
      }
      break;
    }
    default:
      gives satisfies never;
  }
  const shape = layout === 'NCHW' ? [3, SIDE_PX, SIDE_PX] : [SIDE_PX, SIDE_PX, 3];
  const front: OnnxNode =
    layout === 'NCHW'
      ? { op: 'Identity', inputs: ['images'], outputs: [network], attributes: {} }
      : {
          op: 'Transpose',
          inputs: ['images'],
          outputs: [network],
          attributes: { perm: { ints: [0, 3, 1, 2] } },
        };
  return onnx.ModelProto.encode({
    ...model,
    producerName: 'test',
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      ...graph,
      node: [nodeProto(front), ...graph.node.slice(from, to), ...back.nodes.map(nodeProto)],
      initializer: [
        ...graph.initializer,
        ...[...back.constants].map(([name, tensor]) => tensorProto(name, tensor)),
      ],
      input: [portProto({ name: 'images', dtype: 'float32', shape: [pictures, ...shape] })],
      output: back.outputs.map(portProto),
    },
  }).finish();
}

/** The network itself takes RGB of -1..1. */
function foldPreparation(graph: onnx.GraphProto, { channels, scale, mean, std }: Preparation): void {
  const tensor = (name: string) => {
    const found = graph.initializer.find((one) => one.name === name);
    if (!found?.rawData) throw new Error(`the shipped graph has no "${name}"`);
    const values = new Float32Array(Uint8Array.from(found.rawData).buffer);
    return { found, values };
  };
  const filter = tensor(FIRST_FILTER);
  const bias = tensor(FIRST_BIAS);
  const area = 9;
  const folded = filter.values.slice();
  for (let out = 0; out < bias.values.length; out++) {
    for (let channel = 0; channel < 3; channel++) {
      const factor = (std[channel] ?? 1) / (scale * 127.5);
      const shift = (mean[channel] ?? 0) / (scale * 127.5) - 1;
      for (let at = 0; at < area; at++) {
        const source = channels === 'RGB' ? channel : 2 - channel;
        const weight = filter.values[(out * 3 + source) * area + at] ?? 0;
        folded[(out * 3 + channel) * area + at] = weight * factor;
        bias.values[out] = (bias.values[out] ?? 0) + weight * shift;
      }
    }
  }
  filter.found.rawData = new Uint8Array(folded.buffer);
  bias.found.rawData = new Uint8Array(bias.values.buffer);
}
