import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutTflite } from '../../../../protocol/sentences/tflite.ts';
import { ImportError } from '../../importError.ts';
import { at, type Tensor } from '../../onnx/tensor.ts';
import { type Attribute, TfNode } from '../graph/tfjsGraph.ts';
import { biasOf, constantOf, quantizationOf } from './constants.ts';
import { FlatTable } from './flatTable.ts';
import { ACTIVATIONS } from './schema.ts';
import type { Quantization, TfliteModel, TfliteOperator, TfliteTensor } from './tfliteFile.ts';

type Attributes = Readonly<Record<string, Attribute>>;

/** An empty table: every field has its default. */
const NO_OPTIONS = FlatTable.root(Uint8Array.from([8, 0, 0, 0, 4, 0, 4, 0, 4, 0, 0, 0]));

/**
 * Turns operators of TensorFlow Lite into nodes of a TensorFlow graph, which the converters of ../ops know. All numbers
 * are real ones in it; where a tensor is quantized, a node rounds them to what it can hold.
 */
export class Lowering {
  readonly nodes = new Map<string, TfNode>();
  readonly weights = new Map<string, Tensor>();
  readonly #model: TfliteModel;
  /** What stands for a tensor, as `node` or `node:port`. */
  readonly #refs = new Map<number, string>();
  /** Of constants, those that are computed of others too. */
  readonly #constants = new Map<number, Tensor>();

  /** Numbers that names have got, so that a file with one name for everything does not take the square of the time. */
  readonly #counts = new Map<string, number>();

  constructor(model: TfliteModel) {
    this.#model = model;
  }

  tensor(index: number): TfliteTensor {
    return at(this.#model.tensors, index);
  }
  /** Adds a node. `hint` is its name, with a number added where it is taken. */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}, hint = op): string {
    const name = this.#claim(hint);
    this.nodes.set(name, new TfNode({ name, op, inputs, attributes }));
    return name;
  }
  addConstant(tensor: Tensor, hint = 'const'): string {
    const name = this.#claim(hint);
    this.weights.set(name, tensor);
    return name;
  }
  addInts(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.addConstant({ dtype: 'int32', shape, data: Int32Array.from(values) });
  }
  addFloats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.addConstant({ dtype: 'float32', shape, data: Float32Array.from(values) });
  }
  #claim(hint: string): string {
    // A colon would be read as the number of an output.
    const base = hint.replaceAll(':', '_').slice(0, 200) || 'unnamed';
    let count = this.#counts.get(base) ?? 0;
    let name: string;
    do {
      count += 1;
      name = count === 1 ? base : `${base}_${count}`;
    } while (this.nodes.has(name) || this.weights.has(name));
    this.#counts.set(base, count);
    return name;
  }

  /** What stands for a tensor of the file. @throws ImportError `malformed_source` if nothing has made it yet */
  ref(index: number): string {
    const known = this.#refs.get(index);
    if (known !== undefined) return known;
    const constant = this.constant(index);
    if (constant === undefined) {
      throw new ImportError(
        'malformed_source',
        aboutTflite('lite_used_early', { name: this.tensor(index).name }),
      );
    }
    const name = this.addConstant(constant, this.tensor(index).name);
    this.#refs.set(index, name);
    return name;
  }
  /** The values of a tensor that are known at import. */
  constant(index: number): Tensor | undefined {
    const known = this.#constants.get(index);
    if (known !== undefined || this.#refs.has(index)) return known;
    const tensor = this.tensor(index);
    if (tensor.bytes.byteLength === 0 && !tensor.shape.includes(0)) return undefined;
    const constant = constantOf(tensor);
    this.#constants.set(index, constant);
    return constant;
  }
  setConstant(index: number, tensor: Tensor): void {
    this.#constants.set(index, tensor);
  }
  setRef(index: number, ref: string): void {
    this.#refs.set(index, ref);
  }

  /** Rounds what stands for a quantized tensor to what it can hold; anything else passes. */
  rounded(index: number, ref: string): string {
    const tensor = this.tensor(index);
    const quantization = quantizationOf(tensor);
    if (quantization === undefined) return ref;
    return this.add('LiteRounding', [ref], roundingOf(tensor, quantization), `${tensor.name}/rounded`);
  }
}

/** As uint8 with a zero point that is moved, where it is int8: the values are the same. */
function roundingOf({ type, name }: TfliteTensor, { scales, zeroPoints }: Quantization): Attributes {
  const [scale = 0, zero = 0] = [scales[0], zeroPoints[0]];
  if (type === 'int4') {
    throw new ImportError('unsupported_use', aboutTflite('lite_int4', { name }));
  }
  if (scales.length > 1 || !(scale > 0)) {
    throw new ImportError('unsupported_use', aboutTflite('lite_many_scales', { name, count: scales.length }));
  }
  return {
    scale: { f: scale },
    zero: { i: type === 'int8' ? zero + 128 : zero },
    bits: { i: type === 'int16' ? 16 : 8 },
  };
}

/** One operator on its way into the graph. */
export class OperatorContext {
  readonly op: TfliteOperator;
  readonly lowering: Lowering;
  readonly options: FlatTable;
  readonly #place: string;

  constructor(op: TfliteOperator, lowering: Lowering) {
    this.op = op;
    this.lowering = lowering;
    this.options = op.options ?? NO_OPTIONS;
    this.#place = op.outputs[0] === undefined ? '' : lowering.tensor(op.outputs[0]).name;
  }

  get count(): number {
    return this.op.inputs.length;
  }
  has(input: number): boolean {
    return (this.op.inputs[input] ?? -1) >= 0;
  }
  index(input: number): number {
    if (!this.has(input)) throw this.malformed(aboutTflite('lite_no_input', { input }));
    return at(this.op.inputs, input);
  }
  tensor(input: number): TfliteTensor {
    return this.lowering.tensor(this.index(input));
  }
  ref(input: number): string {
    return this.lowering.ref(this.index(input));
  }
  refs(): string[] {
    return this.op.inputs.map((_, input) => this.ref(input));
  }
  /** Undefined where it is computed. */
  constant(input: number): Tensor | undefined {
    return this.lowering.constant(this.index(input));
  }
  weights(input: number): Tensor & { dtype: 'float32' } {
    const tensor = this.constant(input);
    if (tensor?.dtype !== 'float32') throw this.unsupported(aboutTflite('lite_weights_computed'));
    return tensor;
  }
  ints(input: number): number[] {
    const tensor = this.constant(input);
    if (tensor === undefined) throw this.unsupported(aboutTflite('lite_input_computed', { input }));
    return Array.from(tensor.data, Number);
  }

  /** Adds a node named after what this operator makes. */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.lowering.add(op, inputs, attributes, this.#place || op);
  }
  /** Adds the bias that is input `input`, where there is one. @param picture the input that goes through the weights */
  biased(x: string, input: number, picture = 0): string {
    if (!this.has(input)) return x;
    const quantization = quantizationOf(this.tensor(picture));
    const bias =
      this.constant(input)?.dtype === 'float32'
        ? this.weights(input)
        : biasOf(this.tensor(input), quantization, this.tensor(1));
    return this.add('BiasAdd', [x, this.lowering.addConstant(bias, `${this.#place}/bias`)]);
  }
  /** Puts the activation behind it that field `field` of the options names. */
  activated(x: string, field: number): string {
    const activation = ACTIVATIONS[this.options.byte(field)];
    switch (activation) {
      case '':
        return x;
      case 'RELU':
        return this.add('Relu', [x]);
      case 'RELU6':
        return this.add('Relu6', [x]);
      case 'TANH':
        return this.add('Tanh', [x]);
      case 'RELU_N1_TO_1':
        return this.clipped(x, -1, 1);
      default:
        throw this.unsupported(
          aboutTflite('lite_activation', { activation: activation ?? this.options.byte(field) }),
        );
    }
  }
  clipped(x: string, low: number, high: number): string {
    const { lowering } = this;
    return this.add('ClipByValue', [x, lowering.addFloats([low], []), lowering.addFloats([high], [])]);
  }
  /** Says what the operator's outputs are, in their order. */
  set(...refs: readonly string[]): void {
    refs.forEach((ref, i) => {
      const output = this.op.outputs[i];
      if (output !== undefined) this.lowering.setRef(output, this.lowering.rounded(output, ref));
    });
  }

  unsupported(why: Sentence): ImportError {
    return new ImportError('unsupported_use', this.#says(why));
  }
  malformed(why: Sentence): ImportError {
    return new ImportError('malformed_source', this.#says(why));
  }
  #says(why: Sentence): Sentence {
    return aboutTflite('lite_operator', { operator: String(this), why });
  }
  /** For messages: operator, and the tensor that it makes. */
  toString(): string {
    return `${this.op.op} "${this.#place}"`;
  }
}
