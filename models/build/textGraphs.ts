import { decodeModel, encodeModel, withFields } from '../../server/import/onnx/onnxBytes.ts';
import type { ModelProto } from '../../server/import/onnx/onnxFile.ts';
import { OnnxGraph, type OnnxPort } from '../../server/import/onnx/onnxGraph.ts';
import { nodeProto, portProto, tensorProto } from '../../server/import/onnx/onnxModel.ts';
import { onnx } from '../../server/import/onnx/onnxProto/onnx.js';
import { affine, type Preparation } from '../../server/import/onnx/preparation.ts';
import { at, float32, int64 } from '../../server/import/onnx/tensor.ts';

const { FLOAT, INT32 } = onnx.TensorProto.DataType;

/** What PaddleOCR trained the detector on: ImageNet's mean and deviation, in the order of OpenCV's channels. */
const DETECTOR_VALUES: Preparation = {
  channels: 'BGR',
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
/** The same of the recognizer: -1..1. */
const RECOGNIZER_VALUES: Preparation = {
  channels: 'BGR',
  scale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};

/** The detector with pixels as its input, and as its output how likely each pixel is to lie within a line of text. */
export function buildDetector(file: Uint8Array): Uint8Array {
  return wrapped(file, DETECTOR_VALUES, ['N', 'height', 'width', 3], (graph, map) => {
    const value = graph.add('Squeeze', [map], { axes: { ints: [1] } }, 'back/map');
    graph.output(port('probabilities', 'float32', ['N', 'height', 'width']), value);
  });
}

/** The blank, the 6,623 lines of the key file, and the space. */
const SPACE_CLASS = 6_624;

/**
 * The recognizer with pixels as its input. Of the 6,625 scores of each column, the best one, its class and that of the space leave
 * the graph: all of them would be 4 MB for a long line.
 */
export function buildRecognizer(file: Uint8Array): Uint8Array {
  return wrapped(file, RECOGNIZER_VALUES, ['N', 48, 'width', 3], (graph, scores) => {
    const best = graph.add('ReduceMax', [scores], { axes: { ints: [2] }, keepdims: { int: 0 } }, 'back/best');
    const where = graph.add('ArgMax', [scores], { axis: { int: 2 }, keepdims: { int: 0 } }, 'back/where');
    const classes = graph.add('Cast', [where], { to: { int: INT32 } }, 'back/classes');
    graph.output(port('classes', 'int32', ['N', 'columns']), classes);
    graph.output(port('scores', 'float32', ['N', 'columns']), best);
    const last = graph.constant(int64([SPACE_CLASS]), 'back/last');
    const column = graph.add('Gather', [scores, last], { axis: { int: 2 } }, 'back/space');
    const spaces = graph.add('Squeeze', [column], { axes: { ints: [2] } }, 'back/spaces');
    graph.output(port('spaces', 'float32', ['N', 'columns']), spaces);
  });
}

const port = (name: string, dtype: OnnxPort['dtype'], shape: OnnxPort['shape']): OnnxPort => ({
  name,
  dtype,
  shape,
});

/** The network as it came, with ops of its own opset in front and behind. */
function wrapped(
  file: Uint8Array,
  values: Preparation,
  shape: OnnxPort['shape'],
  addBack: (graph: OnnxGraph, output: string) => void,
): Uint8Array {
  const model: ModelProto = decodeModel(file);
  const source = model.graph ?? {};
  const input = at(source.input ?? [], 0).name ?? '';
  const output = at(source.output ?? [], 0).name ?? '';
  const graph = new OnnxGraph();
  addFront(graph, values, shape, input);
  const front = graph.nodes;
  graph.nodes = [];
  addBack(graph, output);
  const nodes = (list: typeof front) => list.map((node) => ({ ...nodeProto(node), name: '' }));
  return encodeModel(
    withFields(model, {
      graph: withFields(source, {
        node: [...nodes(front), ...(source.node ?? []), ...nodes(graph.nodes)],
        initializer: [
          ...(source.initializer ?? []),
          ...[...graph.constants].map(([name, tensor]) => tensorProto(name, tensor)),
        ],
        input: graph.inputs.map(portProto),
        output: graph.outputs.map(portProto),
      }),
    }),
  );
}

function addFront(graph: OnnxGraph, values: Preparation, shape: OnnxPort['shape'], input: string): void {
  const { factors, shifts } = affine(values);
  const floats = (numbers: readonly number[]) => graph.constant(float32([3], numbers), 'front/floats');
  const pixels = graph.input({ name: 'image', dtype: 'uint8', shape });
  const numbers = graph.add('Cast', [pixels], { to: { int: FLOAT } }, 'front/float');
  const order = graph.constant(int64([2, 1, 0]), 'front/channels');
  const turned = graph.add('Gather', [numbers, order], { axis: { int: 3 } }, 'front/bgr');
  const scaled = graph.add('Mul', [turned, floats(factors)], {}, 'front/scaled');
  const shifted = graph.add('Add', [scaled, floats(shifts)], {}, 'front/shifted');
  const planes = graph.add('Transpose', [shifted], { perm: { ints: [0, 3, 1, 2] } }, 'front/planes');
  graph.nodes.push({ op: 'Identity', inputs: [planes], outputs: [input], attributes: {} });
}
