import { ImportError } from '../../importError.ts';
import type { Dims } from '../../onnx/dims.ts';
import type { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { at, float32, type Tensor } from '../../onnx/tensor.ts';
import { applyConverter, ConverterContext } from '../graph/converter.ts';
import { type Attribute, TfNode } from '../graph/tfjsGraph.ts';
import { constantValue, sizesValue, type Value } from '../graph/value.ts';
import { converters } from '../ops/index.ts';
import type { LayerConfig, LayerJson } from './topology.ts';

/** Turns one call of a Keras layer into the TensorFlow ops that it stands for. */
export type LayerConverter = (layer: LayerContext) => Value;

/** What a layer's converter sees: the layer's settings, its weights, its inputs, and the ops it may use. */
export class LayerContext {
  readonly inputs: readonly Value[];
  readonly #layer: LayerJson;
  readonly #config: LayerConfig;
  readonly #findWeight: (name: string) => Tensor | undefined;
  readonly #graph: OnnxGraph;
  /** See LayersModel. */
  readonly isKeras3: boolean;

  constructor(
    layer: LayerJson,
    inputs: readonly Value[],
    findWeight: (name: string) => Tensor | undefined,
    graph: OnnxGraph,
    isKeras3: boolean,
  ) {
    this.inputs = inputs;
    this.isKeras3 = isKeras3;
    this.#layer = layer;
    this.#config = layer.config;
    this.#findWeight = findWeight;
    this.#graph = graph;
  }

  /** The first input, of most layers the only one. */
  get x(): Value {
    const value = this.inputs[0];
    if (value === undefined) throw this.malformed('has no input');
    return value;
  }
  /** The first input, which must have that number of axes, batch included. */
  ofRank(rank: number): Value {
    const { dims } = this.x;
    if (dims.length !== rank) throw this.unsupported(`gets an input of ${dims.length} axes, needs ${rank}`);
    return this.x;
  }

  /**
   * One of the layer's weights.
   * @param other what else it is called
   * @throws ImportError `malformed_source` where the weight files lack it
   */
  weight(name: string, other = name): Value {
    const tensor = this.#findWeight(name) ?? this.#findWeight(other);
    if (tensor === undefined) {
      throw this.malformed(
        `has no weights "${name}" in the weight files: take model.json and weights from the same export`,
      );
    }
    return constantValue(tensor);
  }

  /** Adds a TensorFlow op under the layer's name; `part` distinguishes several. */
  op(
    op: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    part = '',
  ): Value {
    const converter = converters.get(op);
    if (converter === undefined) throw new Error(`no converter for ${op}`);
    const name = part ? `${this.#layer.name}/${part}` : this.#layer.name;
    const node = new TfNode({ name, op, inputs: [], attributes });
    return at(applyConverter(converter, new ConverterContext(node, inputs, this.#graph)), 0);
  }
  /** The same elements in another shape. */
  reshape(x: Value, dims: Dims, part = ''): Value {
    return this.op('Reshape', [x, sizesValue(dims)], {}, part);
  }
  transpose(x: Value, order: readonly number[], part: string): Value {
    return this.op('Transpose', [x, wholeNumbers(order)], {}, part);
  }
  number(value: number): Value {
    return constantValue(float32([], [value]));
  }

  /** A setting; null and absent are the same to Keras. */
  setting(name: string): unknown {
    return this.#config[name] ?? undefined;
  }
  float(name: string, fallback: number): number {
    const value = this.setting(name) ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#wrong(name, 'a number');
    return value;
  }
  text(name: string, fallback: string): string {
    const value = this.setting(name) ?? fallback;
    if (typeof value !== 'string') throw this.#wrong(name, 'text');
    return value;
  }
  flag(name: string, fallback: boolean): boolean {
    const value = this.setting(name) ?? fallback;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }
  /** Whole numbers. */
  ints(name: string): readonly number[] {
    const value = this.setting(name);
    if (!Array.isArray(value) || value.length > 8 || !value.every((item) => Number.isSafeInteger(item))) {
      throw this.#wrong(name, 'a list of whole numbers');
    }
    return value;
  }
  /** Vertical and horizontal; a single number means both. */
  pair(name: string, fallback: readonly number[] = [1, 1]): readonly [number, number] {
    const value = this.setting(name) ?? fallback;
    const [vertical, horizontal] =
      typeof value === 'number' ? [value, value] : Array.isArray(value) ? value : [];
    for (const side of [vertical, horizontal]) {
      if (!Number.isSafeInteger(side) || side < 1) throw this.#wrong(name, 'one or two whole numbers from 1');
    }
    return [vertical, horizontal];
  }
  /** [[top, bottom], [left, right]]; shorter forms mean the same on both sides, or on all. */
  edges(name: string): readonly [readonly number[], readonly number[]] {
    const value: unknown = this.setting(name) ?? 1;
    const axes: unknown[] = Array.isArray(value) ? value : [value, value];
    const [vertical, horizontal] = axes.map((axis) => (Array.isArray(axis) ? axis : [axis, axis]));
    for (const axis of [vertical, horizontal]) {
      if (axis?.length !== 2 || !axis.every((edge) => Number.isSafeInteger(edge) && edge >= 0)) {
        throw this.#wrong(name, 'whole numbers for the edges of height and width');
      }
    }
    return [vertical ?? [], horizontal ?? []];
  }
  get channelsFirst(): boolean {
    return this.text('data_format', 'channels_last') === 'channels_first';
  }

  unsupported(reason: string): ImportError {
    return new ImportError('unsupported_use', `${this}: ${reason}`);
  }
  malformed(reason: string): ImportError {
    return new ImportError('malformed_source', `${this}: ${reason}`);
  }
  #wrong(setting: string, expected: string): ImportError {
    return this.malformed(`"${setting}" should be ${expected}`);
  }

  /** For messages: class and name. */
  toString(): string {
    return `layer ${this.#layer.className} "${this.#layer.name}"`;
  }
}

export const wholeNumbers = (values: readonly number[], shape: readonly number[] = [values.length]): Value =>
  constantValue({ dtype: 'int32', shape, data: Int32Array.from(values) });
