import type { OnnxGraph, OnnxNode } from './onnxGraph.ts';
import { at, elementCount, float32, type Tensor } from './tensor.ts';

type Weights = Tensor & { dtype: 'float32' };

/**
 * Folds what is constant for each channel (batch normalisation, biases, scales) into the convolution before
 * it, and drops what nothing needs. Changes the graph in place. The answers stay the same but for float32
 * rounding.
 */
export function optimise(graph: OnnxGraph): void {
  const rewriter = new Rewriter(graph);
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of graph.nodes) {
      changed = foldIntoConvolution(rewriter, node) || foldBehindSum(rewriter, node) || changed;
    }
  }
  dropUnused(graph);
}

/** Who makes and who uses each value; kept true while nodes go away. */
class Rewriter {
  readonly graph: OnnxGraph;
  readonly #makers = new Map<string, OnnxNode>();
  readonly #users = new Map<string, OnnxNode[]>();
  readonly #kept: ReadonlySet<string>;

  constructor(graph: OnnxGraph) {
    this.graph = graph;
    this.#kept = new Set(graph.outputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.#makers.set(output, node);
      for (const input of node.inputs) this.#users.set(input, [...(this.#users.get(input) ?? []), node]);
    }
  }

  /** The node that makes `value`, if nothing but one node reads it. */
  soleProducer(value: string): OnnxNode | undefined {
    return this.#users.get(value)?.length === 1 && !this.#kept.has(value)
      ? this.#makers.get(value)
      : undefined;
  }

  /** Takes `node` out; who read its output reads `value` from now on. */
  bypass(node: OnnxNode, value: string): boolean {
    const output = at(node.outputs, 0);
    if (this.#kept.has(output)) return false;
    const users = this.#users.get(output) ?? [];
    for (const user of users) user.inputs = user.inputs.map((input) => (input === output ? value : input));
    this.#users.set(value, [...(this.#users.get(value) ?? []).filter((user) => user !== node), ...users]);
    this.#users.delete(output);
    this.#makers.delete(output);
    this.graph.nodes = this.graph.nodes.filter((other) => other !== node);
    return true;
  }

  /** Gives a node other inputs. A large constant that nothing reads any more goes at once, to save memory. */
  setInputs(node: OnnxNode, inputs: string[]): void {
    for (const input of node.inputs) {
      const users = (this.#users.get(input) ?? []).filter((user) => user !== node);
      this.#users.set(input, users);
      // Small ones the graph may hand out again to who asks for the same values.
      const values = this.graph.constants.get(input)?.data.length ?? 0;
      if (users.length === 0 && values >= 1024 && !inputs.includes(input)) this.graph.constants.delete(input);
    }
    for (const input of inputs) this.#users.set(input, [...(this.#users.get(input) ?? []), node]);
    node.inputs = inputs;
  }

  /** A constant of one value, or of one for each channel of an NCHW tensor; spread to `channels` values. */
  perChannel(name: string, channels: number): Float32Array | undefined {
    const tensor = this.graph.constants.get(name);
    if (tensor?.dtype !== 'float32') return undefined;
    if (tensor.data.length === 1) return new Float32Array(channels).fill(at(tensor.data, 0));
    const [n, c, ...rest] = tensor.shape;
    const fits = tensor.shape.length === 4 && n === 1 && c === channels && elementCount(rest) === 1;
    return fits ? tensor.data : undefined;
  }
}

interface Convolution {
  readonly node: OnnxNode;
  readonly filter: Weights;
  readonly bias: Float32Array;
}

function asConvolution({ graph }: Rewriter, node: OnnxNode | undefined): Convolution | undefined {
  if (node?.op !== 'Conv') return undefined;
  const filter = graph.constants.get(at(node.inputs, 1));
  if (filter?.dtype !== 'float32') return undefined;
  const bias = graph.constants.get(node.inputs[2] ?? '');
  if (bias?.dtype === 'float32') return { node, filter, bias: bias.data };
  return node.inputs.length === 2 ? { node, filter, bias: new Float32Array(at(filter.shape, 0)) } : undefined;
}

/** Conv(x) * c, Conv(x) + c and Conv(x) - c become one Conv. */
function foldIntoConvolution(rewriter: Rewriter, node: OnnxNode): boolean {
  if (node.op !== 'Mul' && node.op !== 'Add' && node.op !== 'Sub') return false;
  for (const [value, constant] of operandOrders(node)) {
    const convolution = asConvolution(rewriter, rewriter.soleProducer(value));
    const values = convolution && rewriter.perChannel(constant, convolution.bias.length);
    if (convolution === undefined || values === undefined || !rewriter.bypass(node, value)) continue;
    if (node.op === 'Mul') scale(rewriter, convolution, values);
    else shift(rewriter, convolution, node.op === 'Sub' ? values.map((by) => -by) : values);
    return true;
  }
  return false;
}

/** (Conv(x) + y) + c becomes Conv'(x) + y: a residual sum whose bias comes after it. */
function foldBehindSum(rewriter: Rewriter, node: OnnxNode): boolean {
  if (node.op !== 'Add' && node.op !== 'Sub') return false;
  for (const [value, constant] of operandOrders(node)) {
    const sum = rewriter.soleProducer(value);
    if (sum?.op !== 'Add') continue;
    for (const term of sum.inputs) {
      const convolution = asConvolution(rewriter, rewriter.soleProducer(term));
      const values = convolution && rewriter.perChannel(constant, convolution.bias.length);
      if (convolution === undefined || values === undefined || !rewriter.bypass(node, value)) continue;
      shift(rewriter, convolution, node.op === 'Sub' ? values.map((by) => -by) : values);
      return true;
    }
  }
  return false;
}

/** The two operands as (value, constant), in every order that means the same. */
function operandOrders({ op, inputs }: OnnxNode): (readonly [string, string])[] {
  const [left, right] = [at(inputs, 0), at(inputs, 1)];
  return op === 'Sub'
    ? [[left, right]]
    : [
        [left, right],
        [right, left],
      ];
}

function scale(rewriter: Rewriter, { node, filter, bias }: Convolution, factors: Float32Array): void {
  const each = filter.data.length / factors.length;
  const scaled = filter.data.slice();
  factors.forEach((factor, channel) => {
    for (let i = channel * each; i < (channel + 1) * each; i++) scaled[i] = (scaled[i] ?? 0) * factor;
  });
  const scaledBias = bias.map((b, channel) => b * at(factors, channel));
  replaceWeights(rewriter, node, { dtype: 'float32', shape: filter.shape, data: scaled }, scaledBias);
}

function shift(rewriter: Rewriter, { node, filter, bias }: Convolution, by: Float32Array): void {
  const shifted = bias.map((b, channel) => b + at(by, channel));
  replaceWeights(rewriter, node, filter, shifted);
}

function replaceWeights(rewriter: Rewriter, node: OnnxNode, filter: Weights, bias: Float32Array): void {
  const { graph } = rewriter;
  const [x, oldFilter] = [at(node.inputs, 0), at(node.inputs, 1)];
  const output = at(node.outputs, 0);
  const newFilter =
    graph.constants.get(oldFilter) === filter ? oldFilter : graph.constant(filter, `${output}:filter`);
  const newBias = graph.constant(float32([bias.length], bias), `${output}:bias`);
  rewriter.setInputs(node, [x, newFilter, newBias]);
}

/** Drops nodes and constants that no output needs. */
function dropUnused(graph: OnnxGraph): void {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  graph.nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((output) => needed.has(output))) return false;
      for (const input of node.inputs) needed.add(input);
      return true;
    })
    .toReversed();
  for (const name of graph.constants.keys()) if (!needed.has(name)) graph.constants.delete(name);
}
