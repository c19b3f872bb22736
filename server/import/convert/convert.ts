import { aboutTfjs } from '../../../protocol/sentences/tfjs.ts';
import { ImportError } from '../importError.ts';
import type { Dims } from '../onnx/dims.ts';
import { OnnxGraph } from '../onnx/onnxGraph.ts';
import type { DType } from '../onnx/tensor.ts';
import { applyConverter, ConverterContext } from './graph/converter.ts';
import { inOrder } from './graph/order.ts';
import type { TfGraph } from './graph/tfjsGraph.ts';
import { computed, constantValue, type Value } from './graph/value.ts';
import { converters } from './ops/index.ts';

export interface ConvertOptions {
  readonly graph: TfGraph;
  /** A TensorFlow tensor (`node` or `node:port`) where the graph is cut, and the shape that enters there. */
  readonly input: { readonly tensor: string; readonly dims: Dims; readonly dtype: DType };
  /** Declares the ONNX graph's input and gives the name of what stands for `input`. */
  readonly front: (graph: OnnxGraph) => string;
  /** TensorFlow tensors to compute. */
  readonly outputs: readonly string[];
}

export interface Converted {
  readonly graph: OnnxGraph;
  /** One for each of `outputs`: its ONNX name, channels last, and its shape. */
  readonly outputs: readonly { readonly name: string; readonly dims: Dims; readonly dtype: DType }[];
}

/**
 * Converts what lies between `input` and `outputs` of a TensorFlow.js graph to ONNX. Four-axis tensors travel
 * channels first for as long as the ops allow it; a Transpose stands only where an op needs the other layout.
 *
 * @throws ImportError `unsupported_op`, `unsupported_use` or `malformed_source`, naming op and node
 */
export function convert({ graph: source, input, front, outputs }: ConvertOptions): Converted {
  const graph = new OnnxGraph();
  const start = splitTensor(input.tensor);
  const values = new Map<string, Value[]>();
  const entry: Value[] = [];
  entry[start.port] = computed(front(graph), input.dims, input.dtype);
  values.set(start.node, entry);

  const resolve = (tensor: string): Value => {
    const { node, port } = splitTensor(tensor);
    const value = values.get(node)?.[port];
    if (value === undefined) throw new ImportError('malformed_source', `"${node}" has no output ${port}`);
    return value;
  };
  const roots = outputs.map((tensor) => splitTensor(tensor).node);
  const order = inOrder(roots, (name) =>
    values.has(name) || source.weights.has(name)
      ? []
      : nodeOf(source, name).inputs.map((tensor) => splitTensor(tensor).node),
  );
  for (const name of order) {
    if (values.has(name)) continue;
    const weight = source.weights.get(name);
    if (weight !== undefined) {
      values.set(name, [constantValue(weight)]);
      continue;
    }
    const node = nodeOf(source, name);
    const converter = converters.get(node.op);
    if (converter === undefined) {
      throw new ImportError('unsupported_op', aboutTfjs('op_unsupported', { node: String(node) }));
    }
    values.set(name, applyConverter(converter, new ConverterContext(node, node.inputs.map(resolve), graph)));
  }
  return {
    graph,
    outputs: outputs.map((tensor) => {
      const value = resolve(tensor);
      const name = new ConverterContext(nodeOf(source, splitTensor(tensor).node), [], graph).name(value);
      return { name, dims: value.dims, dtype: value.dtype };
    }),
  };
}

function nodeOf(source: TfGraph, name: string) {
  const node = source.nodes.get(name);
  if (node === undefined) throw new ImportError('malformed_source', `the graph has no node "${name}"`);
  return node;
}

function splitTensor(tensor: string): { node: string; port: number } {
  const colon = tensor.lastIndexOf(':');
  if (colon < 0) return { node: tensor, port: 0 };
  return { node: tensor.slice(0, colon), port: Number(tensor.slice(colon + 1)) };
}
