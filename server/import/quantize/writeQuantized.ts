import { tensorOf } from '../onnx/floatTensor.ts';
import { withFields } from '../onnx/onnxBytes.ts';
import type { ModelProto, NodeProto, TensorProto } from '../onnx/onnxFile.ts';
import { roundToInt32 } from '../onnx/tensor.ts';
import { FreshNames } from './freshNames.ts';
import type { ConvLayer, Network } from './network.ts';
import type { Unit } from './units.ts';

/** How the numbers of a value become uint8: round(value / scale) + zeroPoint. */
export interface Range {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A layer's weights as int8, one scale for each output, and its bias. */
export interface QuantizedWeights {
  readonly values: Int8Array;
  readonly scales: Float32Array;
  readonly bias: Float32Array;
}

export interface QuantizedPlan {
  readonly layers: ReadonlyMap<ConvLayer, QuantizedWeights>;
  /** Nodes without weights that work on uint8 as well, such as a sum, by their node. */
  readonly units: ReadonlyMap<NodeProto, Unit>;
  /** Of each value that a quantised node reads or makes. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Layers whose float weights are not those of the file, since a value between them has another scale. */
  readonly rescaled: ReadonlyMap<ConvLayer, Pick<ConvLayer, 'weights' | 'bias'>>;
}

/**
 * The graph with quantised layers, in ONNX's own form: QuantizeLinear and DequantizeLinear around float ops. onnxruntime fuses
 * them to its int8 kernels; a runtime that does not gives the same answers at the speed of float32.
 */
export function writeQuantized(model: ModelProto, network: Network, plan: QuantizedPlan): ModelProto {
  const opsets = model.opsetImport ?? [];
  const isOld = opsets.some(({ domain, version }) => !domain && Number(version) < 13);
  // ONNX has scales for each channel since opset 13; onnxruntime's own ops have always had them.
  const domain = isOld ? 'com.microsoft' : '';
  const writer = new Writer(network, plan, domain);
  const nodes = (network.graph.node ?? []).flatMap((node) => writer.rewrite(node));
  const entry = [...plan.ranges.keys()].filter((value) => !network.makers.has(value));
  const all = [...entry.flatMap((value) => writer.quantize(value, value)), ...nodes];
  const used = new Set(all.flatMap(({ input }) => input ?? []));
  for (const name of network.kept) used.add(name);
  const initializer = [...(network.graph.initializer ?? []), ...writer.tensors].filter(({ name }) =>
    used.has(name ?? ''),
  );
  const graph = withFields(network.graph, { node: all, initializer, valueInfo: [] });
  const isKnown = opsets.some((one) => (one.domain ?? '') === domain);
  return withFields(model, { graph, opsetImport: isKnown ? opsets : [...opsets, { domain, version: 1 }] });
}

class Writer {
  readonly #network: Network;
  readonly #plan: QuantizedPlan;
  readonly tensors: TensorProto[] = [];
  /** The Relus that rounding replaces. */
  readonly #replaced: ReadonlySet<NodeProto>;

  readonly #domain: string;
  readonly #names: FreshNames;

  constructor(network: Network, plan: QuantizedPlan, domain: string) {
    this.#domain = domain;
    this.#names = new FreshNames(network.graph);
    this.#network = network;
    this.#plan = plan;
    this.#replaced = new Set([...plan.units.values()].flatMap(({ activation }) => activation ?? []));
  }

  /** What stands for a node: itself, or the nodes of its layer. */
  rewrite(node: NodeProto): NodeProto[] {
    const { layerOf, absorbed } = this.#network;
    const layer = layerOf.get(node);
    if (layer) return this.#layer(layer);
    if (absorbed.has(node) || this.#replaced.has(node)) return [];
    const input = (node.input ?? []).map((name) => this.#read(name));
    const unit = this.#plan.units.get(node);
    const outputs = unit ? [unit.output] : (node.output ?? []);
    const isRounded = (name: string) => this.#plan.ranges.has(name);
    const floatOf = (name: string) => this.#names.of(`${name}/float`);
    const output = outputs.map((name) => (isRounded(name) ? floatOf(name) : name));
    return [
      withFields(node, { input, output }),
      ...outputs.flatMap((name) => (isRounded(name) ? this.#roundedFloat(floatOf(name), name, node) : [])),
    ];
  }

  #read(name: string): string {
    const isEntry = this.#plan.ranges.has(name) && !this.#network.makers.has(name);
    return isEntry ? this.#names.of(`${name}/dequantized`) : name;
  }

  /**
   * Rounds what a float32 node gives. onnxruntime 1.30 makes a float32 convolution between two roundings an int8 one by
   * itself, with one scale for all weights (its pass WeightBiasQuantization), which ruins depthwise ones; so a node that changes
   * nothing stands between.
   */
  #roundedFloat(from: string, value: string, { opType }: NodeProto): NodeProto[] {
    const range = this.#plan.ranges.get(value);
    if (range === undefined) return [];
    if (!QUANTIZED_BY_RUNTIME.has(opType ?? '')) return this.quantize(from, value);
    const most = this.#tensor(`${value}/most`, Float32Array.of((255 - range.zeroPoint) * range.scale));
    const cut = this.#names.of(`${value}/cut`);
    return [{ opType: 'Min', name: cut, input: [from, most], output: [cut] }, ...this.quantize(cut, value)];
  }

  /** Everyone reads the rounded value, under the name that the value had. */
  quantize(from: string, value: string): NodeProto[] {
    const range = this.#plan.ranges.get(value);
    if (range === undefined) return [];
    const scale = this.#tensor(`${value}/scale`, Float32Array.of(range.scale));
    const zeroPoint = this.#tensor(`${value}/zero`, Uint8Array.of(range.zeroPoint));
    const rounded = this.#names.of(`${value}/uint8`);
    const to = from === value ? this.#names.of(`${value}/dequantized`) : value;
    const domain = this.#domain;
    return [
      {
        opType: 'QuantizeLinear',
        domain,
        name: this.#names.of(`${value}/quantize`),
        input: [from, scale, zeroPoint],
        output: [rounded],
      },
      {
        opType: 'DequantizeLinear',
        domain,
        name: this.#names.of(`${value}/dequantize`),
        input: [rounded, scale, zeroPoint],
        output: [to],
      },
    ];
  }

  #layer(layer: ConvLayer): NodeProto[] {
    const { node, output, dims, activation } = layer;
    const weights = this.#plan.layers.get(layer);
    const range = this.#plan.ranges.get(output);
    const named = (what: string) => this.#names.of(`${output}/${what}`);
    const made = range ? named('float') : output;
    const before: NodeProto[] = [];
    const input = [this.#read(layer.input)];
    if (weights) {
      const inputScale = this.#plan.ranges.get(layer.input)?.scale ?? 1;
      before.push(...this.#dequantized(named('weights'), weights.values, dims, weights.scales));
      const scales = weights.scales.map((scale) => scale * inputScale);
      const bias = Int32Array.from(weights.bias, (value, channel) =>
        roundToInt32(value / (scales[channel] ?? 1)),
      );
      before.push(...this.#dequantized(named('bias'), bias, [bias.length], scales));
      input.push(named('weights'), named('bias'));
    } else {
      const float = this.#plan.rescaled.get(layer) ?? layer;
      input.push(this.#tensor(`${output}/weights`, float.weights, dims));
      input.push(this.#tensor(`${output}/bias`, float.bias, [float.bias.length]));
    }
    // What uint8 cannot hold is cut off, and so the rounding is the Relu or Clip.
    const isCut = range !== undefined || activation === undefined;
    const plain = isCut ? made : named('plain');
    const conv = withFields(node, { input, output: [plain] });
    const clipped =
      isCut || !activation
        ? []
        : [withFields(activation, { input: [plain, ...(activation.input ?? []).slice(1)], output: [made] })];
    const rounded = weights ? this.quantize(made, output) : this.#roundedFloat(made, output, node);
    return [...before, conv, ...clipped, ...rounded];
  }

  #dequantized(
    name: string,
    values: Int8Array | Int32Array,
    dims: readonly number[],
    scales: Float32Array,
  ): NodeProto[] {
    const rounded = this.#tensor(`${name}/rounded`, values, dims);
    const scale = this.#tensor(`${name}/scale`, scales, [scales.length]);
    const zeros = values instanceof Int8Array ? new Int8Array(scales.length) : new Int32Array(scales.length);
    const zeroPoint = this.#tensor(`${name}/zero`, zeros, [scales.length]);
    const axis = [{ name: 'axis', type: INT, i: 0 }];
    return [
      {
        opType: 'DequantizeLinear',
        domain: this.#domain,
        name: this.#names.of(`${name}/dequantize`),
        input: [rounded, scale, zeroPoint],
        output: [name],
        attribute: axis,
      },
    ];
  }

  /** @returns its name */
  #tensor(wanted: string, data: Parameters<typeof tensorOf>[1], dims: readonly number[] = []): string {
    const name = this.#names.of(wanted);
    this.tensors.push(tensorOf(name, data, dims));
    return name;
  }
}

const QUANTIZED_BY_RUNTIME: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/** AttributeProto's type of one whole number. */
const INT = 2;
