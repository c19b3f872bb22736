import { floatsOf } from '../onnx/floatTensor.ts';
import type { GraphProto, ModelProto, NodeProto } from '../onnx/onnxFile.ts';

/** What bounds the output of a convolution; `low` is -Infinity where nothing does. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** A two-dimensional convolution with constant float32 weights, and the Relu or Clip behind it that can be part of it. */
export interface ConvLayer {
  /** Name of the value that it gives, after the activation. */
  readonly output: string;
  readonly input: string;
  readonly node: NodeProto;
  /** The Relu or Clip; absent where there is none. */
  readonly activation: NodeProto | undefined;
  readonly bounds: Bounds;
  /** [outputs, inputs / groups, height, width]. */
  readonly dims: readonly [number, number, number, number];
  readonly groups: number;
  /** Of every output, with batch normalisation folded in. */
  readonly weights: Float32Array;
  /** One for each output. */
  readonly bias: Float32Array;
  readonly isDepthwise: boolean;
}

/** The parts of a graph that int8 is about. */
export interface Network {
  readonly graph: GraphProto;
  readonly layers: readonly ConvLayer[];
  /** By the value that is made. */
  readonly makers: ReadonlyMap<string, NodeProto>;
  readonly readers: ReadonlyMap<string, readonly NodeProto[]>;
  /** Outputs of the graph, and what graphs within it read. */
  readonly kept: ReadonlySet<string>;
  /** Layers by their convolution. */
  readonly layerOf: ReadonlyMap<NodeProto, ConvLayer>;
  /** Nodes that are part of a layer: convolutions, batch normalisations, activations. */
  readonly absorbed: ReadonlySet<NodeProto>;
}

/** Finds the convolutions of a graph. The graph itself is not changed. */
export function readNetwork({ graph }: Pick<ModelProto, 'graph'>): Network {
  const nodes = graph?.node ?? [];
  const makers = new Map<string, NodeProto>();
  const readers = new Map<string, NodeProto[]>();
  const kept = new Set((graph?.output ?? []).map(({ name }) => name ?? ''));
  for (const node of nodes) {
    for (const output of node.output ?? []) makers.set(output, node);
    for (const input of new Set(node.input ?? [])) readers.set(input, [...(readers.get(input) ?? []), node]);
    for (const name of namesWithin(node)) kept.add(name);
  }
  const constants = constantsOf(graph ?? {});
  /** The one node that reads a value, where nothing else needs it. */
  const soleReader = (value: string) => {
    const found = readers.get(value) ?? [];
    return found.length === 1 && !kept.has(value) ? found[0] : undefined;
  };
  const layers: ConvLayer[] = [];
  const absorbed = new Set<NodeProto>();
  for (const node of nodes) {
    const layer = readLayer(node, constants, soleReader);
    if (layer === undefined) continue;
    layers.push(layer.layer);
    for (const one of layer.nodes) absorbed.add(one);
  }
  return {
    graph: graph ?? {},
    layers,
    makers,
    readers,
    kept,
    layerOf: new Map(layers.map((layer) => [layer.node, layer])),
    absorbed,
  };
}

type Constants = ReadonlyMap<string, { readonly data: Float32Array; readonly dims: readonly number[] }>;

/** Float32 constants, be they initialisers or nodes. */
function constantsOf({ initializer, node }: GraphProto): Constants {
  const tensors = [...(initializer ?? [])];
  for (const { opType, attribute, output } of node ?? []) {
    const value = opType === 'Constant' ? attribute?.find(({ name }) => name === 'value')?.t : undefined;
    if (value) tensors.push({ ...value, name: output?.[0] ?? '' });
  }
  return new Map(
    tensors.flatMap((tensor) => {
      const data = floatsOf(tensor);
      return data ? [[tensor.name ?? '', { data, dims: (tensor.dims ?? []).map(Number) }] as const] : [];
    }),
  );
}

function readLayer(
  node: NodeProto,
  constants: Constants,
  soleReader: (value: string) => NodeProto | undefined,
): { layer: ConvLayer; nodes: readonly NodeProto[] } | undefined {
  const [input = '', filterName = '', biasName = ''] = node.input ?? [];
  const filter = node.opType === 'Conv' && !node.domain ? constants.get(filterName) : undefined;
  const [outputs, inputs, height, width] = filter?.dims ?? [];
  if (filter === undefined || filter.dims.length !== 4) return undefined;
  if (outputs === undefined || inputs === undefined || height === undefined || width === undefined)
    return undefined;
  const given = biasName === '' ? new Float32Array(outputs) : constants.get(biasName)?.data;
  if (given === undefined || given.length !== outputs) return undefined;
  const weights = filter.data.slice();
  const bias = given.slice();
  const nodes = [node];
  let output = node.output?.[0] ?? '';

  const next = soleReader(output);
  if (next?.opType === 'BatchNormalization' && foldNormalisation(next, constants, weights, bias)) {
    nodes.push(next);
    output = next.output?.[0] ?? '';
  }
  const reader = soleReader(output);
  const bounds = reader && boundsOf(reader, constants);
  if (reader && bounds) {
    nodes.push(reader);
    output = reader.output?.[0] ?? '';
  }
  const groups = Number(node.attribute?.find(({ name }) => name === 'group')?.i ?? 1);
  return {
    nodes,
    layer: {
      output,
      input,
      node,
      activation: bounds && reader,
      bounds: bounds ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
      dims: [outputs, inputs, height, width],
      groups,
      weights,
      bias,
      isDepthwise: groups > 1 && inputs === 1 && groups === outputs,
    },
  };
}

/** Conv followed by batch normalisation is one Conv. @returns false, and nothing is changed, where it cannot be folded */
function foldNormalisation(
  node: NodeProto,
  constants: Constants,
  weights: Float32Array,
  bias: Float32Array,
): boolean {
  const [, ...names] = node.input ?? [];
  const [scale, shift, mean, variance] = names.map((name) => constants.get(name)?.data);
  const isTraining = node.attribute?.some(({ name, i }) => name === 'training_mode' && Number(i) !== 0);
  if (!scale || !shift || !mean || !variance || isTraining) return false;
  const epsilon = node.attribute?.find(({ name }) => name === 'epsilon')?.f ?? 1e-5;
  const each = weights.length / bias.length;
  bias.forEach((value, channel) => {
    const factor = (scale[channel] ?? 1) / Math.sqrt((variance[channel] ?? 1) + epsilon);
    bias[channel] = (value - (mean[channel] ?? 0)) * factor + (shift[channel] ?? 0);
    for (let i = channel * each; i < (channel + 1) * each; i++) weights[i] = (weights[i] ?? 0) * factor;
  });
  return true;
}

/** What a Relu, or a Clip from 0 on, bounds; undefined for other nodes. */
function boundsOf(node: NodeProto, constants: Constants): Bounds | undefined {
  if (node.opType === 'Relu') return { low: 0, high: Number.POSITIVE_INFINITY };
  if (node.opType !== 'Clip') return undefined;
  const bound = (at: number, name: string): number | undefined => {
    const input = node.input?.[at];
    // Before opset 11 bounds were attributes.
    if (!input) return node.attribute?.find((one) => one.name === name)?.f ?? undefined;
    return constants.get(input)?.data[0];
  };
  const low = bound(1, 'min');
  const high = node.input?.[2] ? bound(2, 'max') : (bound(2, 'max') ?? Number.POSITIVE_INFINITY);
  return low === 0 && high !== undefined && high > 0 ? { low, high } : undefined;
}

/** Values that graphs within a node may read. */
function* namesWithin(node: NodeProto): Generator<string> {
  for (const { g, graphs } of node.attribute ?? []) {
    for (const inner of [g, ...(graphs ?? [])]) {
      for (const one of inner?.node ?? []) {
        yield* one.input ?? [];
        yield* namesWithin(one);
      }
      for (const { name } of inner?.output ?? []) yield name ?? '';
    }
  }
}
