import { ignoredAttribute } from './attributes.ts';
import type { Constant } from './constant.ts';
import { averagePool, conv, maxPool, padNode } from './convolutions.ts';
import {
  activation,
  batchNormalisation,
  cast,
  hardSigmoid,
  leakyRelu,
  ofEach,
  ofTwo,
  power,
  prelu,
  resize,
  softmax,
} from './elementwise.ts';
import { canEvaluate, evaluated } from './evaluate.ts';
import { gemm, matMul } from './matrix.ts';
import { Network, Unsupported } from './network.ts';
import { DATA_TYPE, type OnnxFile, type OnnxNode } from './onnxReader.ts';
import {
  concat,
  flatten,
  globalAveragePool,
  globalMaxPool,
  reduce,
  reshape,
  slice,
  split,
  squeeze,
  transpose,
  unsqueeze,
} from './shaping.ts';
import type { Tail } from './tail.ts';

/** An ONNX graph as a network for LiteRT, and what is done with its outputs. */
export interface ConvertedGraph {
  /** A .tflite file with one input: that of the graph, for one picture. */
  readonly network: Uint8Array;
  readonly input: {
    readonly name: string;
    readonly type: 'uint8' | 'float32';
    /** Of one picture. */
    readonly dims: readonly number[];
    /** Whether the graph takes several pictures at once. */
    readonly takesBatches: boolean;
  };
  /** What the network gives, in its order. */
  readonly outputs: readonly { readonly name: string; readonly dims: readonly number[] }[];
  /** From the network's outputs to those of the graph. */
  readonly tail: Tail;
}

type Write = (net: Network, node: OnnxNode, opset: number) => void;

/** Operators of ONNX that a network may have. */
const WRITERS: Readonly<Record<string, Write>> = {
  Abs: ofEach('ABS'),
  Add: ofTwo('ADD', 0),
  AveragePool: averagePool,
  BatchNormalization: batchNormalisation,
  Cast: cast,
  Clip: activation,
  Concat: concat,
  Conv: conv,
  Div: ofTwo('DIV', 0),
  Dropout: dropout,
  Elu: ofEach('ELU'),
  Exp: ofEach('EXP'),
  Flatten: flatten,
  Floor: ofEach('FLOOR'),
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  HardSigmoid: hardSigmoid,
  HardSwish: ofEach('HARD_SWISH'),
  Identity: (net, node) => net.alias(node.outputs[0] ?? '', net.value(node)),
  LeakyRelu: leakyRelu,
  Log: ofEach('LOG'),
  MatMul: matMul,
  Max: ofTwo('MAXIMUM'),
  MaxPool: maxPool,
  Min: ofTwo('MINIMUM'),
  Mul: ofTwo('MUL', 0),
  Neg: ofEach('NEG'),
  PRelu: prelu,
  Pad: padNode,
  Pow: power,
  ReduceMax: reduce('REDUCE_MAX'),
  ReduceMean: reduce('MEAN'),
  ReduceSum: reduce('SUM'),
  Relu: activation,
  Reshape: reshape,
  Resize: resize,
  Sigmoid: ofEach('LOGISTIC'),
  Slice: slice,
  Softmax: softmax,
  Split: split,
  Sqrt: ofEach('SQRT'),
  Squeeze: squeeze,
  Sub: ofTwo('SUB', 0),
  Tanh: ofEach('TANH'),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Upsample: resize,
};

/** Does nothing, but in training. */
function dropout(net: Network, node: OnnxNode): void {
  if (net.list(node, 2)?.some((isTraining) => isTraining !== 0)) throw new Unsupported('Dropout in training');
  net.alias(node.outputs[0] ?? '', net.value(node));
}

/**
 * Writes a deployed graph as a .tflite file for pictures one by one. What LiteRT has no operator for, from suppression on, stays
 * as a tail, which is computed by `runTail`. Weights stay float32.
 *
 * @throws Unsupported naming the operator, where a graph needs one that neither of them has, or not as it is meant there
 */
export function convertToTflite(onnx: OnnxFile): ConvertedGraph {
  const [input] = onnx.inputs;
  if (input === undefined || onnx.inputs.length > 1) throw new Unsupported(`${onnx.inputs.length} inputs`);
  const type = input.dataType === DATA_TYPE.uint8 ? 'uint8' : 'float32';
  if (type === 'float32' && input.dataType !== DATA_TYPE.float32)
    throw new Unsupported('an input of this type');
  const dims = input.dims.map((side, at) => {
    // The batch's side is open in deployed graphs: here it is one picture.
    const fixed = at === 0 ? 1 : side;
    if (fixed === undefined) throw new Unsupported('an input whose sides follow the picture');
    return fixed;
  });
  const net = new Network(onnx);
  const inputTensor = net.file.tensor(type, dims, input.name);
  net.alias(input.name, { tensor: inputTensor, dims, isChannelsLast: false, type });

  // Beforehand, as a node may be written together with a later one, whose constants stand between the two.
  const computed = onnx.nodes.filter((node) => !computeBeforehand(net, node));
  const tailNodes = computed.filter((node) => !net.fused.has(node) && !write(net, node, onnx.opset));
  const made = new Set(tailNodes.flatMap(({ outputs }) => outputs));
  const read = new Set([...tailNodes.flatMap(({ inputs }) => inputs), ...onnx.outputs]);
  const constants = new Map<string, Constant>();
  const outputs = [...read].flatMap((name) => {
    if (name === '' || made.has(name)) return [];
    const constant = net.constants.get(name);
    if (constant) constants.set(name, constant);
    const value = net.values.get(name);
    if (value === undefined && constant === undefined) throw new Unsupported(`the value ${name}`);
    return value ? [{ name, ...net.plain(value) }] : [];
  });
  if (outputs.length === 0) throw new Unsupported('a graph without a network');
  return {
    network: net.file.write({ inputs: [inputTensor], outputs: outputs.map(({ tensor }) => tensor) }),
    input: { name: input.name, type, dims, takesBatches: input.dims[0] === undefined },
    outputs: outputs.map(({ name, dims: sides }) => ({ name, dims: sides })),
    tail: { nodes: tailNodes, constants, outputs: onnx.outputs },
  };
}

/**
 * Whether a node is part of the network now, or known beforehand; else it belongs to the tail.
 * @throws Unsupported where it cannot be there either
 */
function write(net: Network, node: OnnxNode, opset: number): boolean {
  if (computeBeforehand(net, node)) return true;
  let problem = node.op;
  const writer = WRITERS[node.op];
  if (writer) {
    try {
      writer(net, node, opset);
      return true;
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problem = error.message;
    }
  }
  if (!canEvaluate(node)) throw new Unsupported(problem);
  return false;
}

/** What only constants go into, such as shapes, is a constant. */
function computeBeforehand(net: Network, node: OnnxNode): boolean {
  const ignored = ignoredAttribute(node);
  if (ignored !== undefined) throw new Unsupported(ignored);
  if (!canEvaluate(node)) return false;
  const value = node.op === 'Shape' ? net.values.get(node.inputs[0] ?? '') : undefined;
  const inputs = value
    ? [{ isFloat: true, dims: value.dims, data: new Float32Array() } as const]
    : node.inputs.map((name) => net.constants.get(name));
  if (node.inputs.some((name, at) => name !== '' && inputs[at] === undefined)) return false;
  for (const [name, constant] of evaluated(node, inputs)) net.constants.set(name, constant);
  return true;
}
