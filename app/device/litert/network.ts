import { type Constant, sizeOfDims, transposed } from './constant.ts';
import { numberOf } from './dims.ts';
import type { OnnxFile, OnnxNode } from './onnxReader.ts';
import { type Field, TfliteFile } from './tfliteFile.ts';
import { ACTIVATION, type Activation, type OpName, type TensorType } from './tfliteSchema.ts';

/** A value of the network. */
export interface Value {
  /** Number of its tensor in the file. */
  readonly tensor: number;
  /** As ONNX has them, channels second. */
  readonly dims: readonly number[];
  /** Whether its tensor has the channels last: [N, H, W, C] in the file where `dims` are [N, C, H, W]. */
  readonly isChannelsLast: boolean;
  readonly type: TensorType;
}

/** What cannot be said in a .tflite file, or not with the same result. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

export const TO_CHANNELS_LAST = [0, 2, 3, 1] as const;
export const TO_CHANNELS_FIRST = [0, 3, 1, 2] as const;

/** A .tflite file being written from an ONNX graph: its values by their names. */
export class Network {
  readonly file = new TfliteFile();
  readonly values = new Map<string, Value>();
  readonly constants: Map<string, Constant>;
  /** Nodes that were written together with another. */
  readonly fused = new Set<OnnxNode>();
  readonly #users = new Map<string, OnnxNode[]>();
  readonly #outputs: ReadonlySet<string>;

  constructor({ nodes, outputs, constants }: Pick<OnnxFile, 'nodes' | 'outputs' | 'constants'>) {
    this.constants = new Map(constants);
    this.#outputs = new Set(outputs);
    for (const node of nodes) {
      for (const input of node.inputs) {
        const users = this.#users.get(input);
        if (users) users.push(node);
        else this.#users.set(input, [node]);
      }
    }
  }

  /** @throws Unsupported for an input that is no value of the network */
  value(node: OnnxNode, at = 0): Value {
    const name = node.inputs[at];
    const found = name ? this.values.get(name) : undefined;
    if (found === undefined) throw new Unsupported(`${node.op} without a computed input ${at}`);
    return found;
  }

  /** Undefined where it is left out. @throws Unsupported for an input that is computed */
  constant(node: OnnxNode, at: number): Constant | undefined {
    const name = node.inputs[at] ?? '';
    if (name === '') return undefined;
    const found = this.constants.get(name);
    if (found === undefined) throw new Unsupported(`${node.op} with a computed input ${at}`);
    return found;
  }

  /** @throws Unsupported for an input that is left out, computed, or of whole numbers */
  weights(node: OnnxNode, at: number): Constant & { isFloat: true } {
    const found = this.constant(node, at);
    if (!found?.isFloat) throw new Unsupported(`${node.op} without constant weights`);
    return found;
  }

  list(node: OnnxNode, at: number): readonly number[] | undefined {
    const found = this.constant(node, at);
    return found && Array.from(found.data);
  }

  /** The number of a tensor with these floats. */
  floats(dims: readonly number[], data: Float32Array, name: string): number {
    return this.file.tensor(
      'float32',
      dims,
      name,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
  }

  /** The number of a tensor with these whole numbers. */
  wholes(values: readonly number[], name: string, dims: readonly number[] = [values.length]): number {
    return this.file.tensor('int32', dims, name, new Uint8Array(Int32Array.from(values).buffer));
  }

  /** Adds a node that gives one value, named as in the ONNX graph. */
  add(
    op: OpName,
    inputs: readonly number[],
    output: Omit<Value, 'tensor' | 'type'> & { readonly name: string; readonly type?: TensorType },
    options?: readonly Field[],
  ): Value {
    const { name, dims, isChannelsLast, type = 'float32' } = output;
    const tensor = this.file.tensor(type, fileDims({ dims, isChannelsLast }), name);
    this.file.add({ op, inputs, outputs: [tensor], options });
    const value: Value = { tensor, dims, isChannelsLast, type };
    this.values.set(name, value);
    return value;
  }

  /** The same tensor under another name, and perhaps seen in another way. */
  alias(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** With its channels last. @throws Unsupported where it has not four sides */
  channelsLast(value: Value): Value {
    if (value.dims.length !== 4) throw new Unsupported(`pictures of ${value.dims.length} sides`);
    if (value.isChannelsLast) return value;
    return this.#moved(value, true, TO_CHANNELS_LAST);
  }

  /** With its sides in the order in which ONNX has them. */
  plain(value: Value): Value {
    return value.isChannelsLast ? this.#moved(value, false, TO_CHANNELS_FIRST) : value;
  }

  #moved(value: Value, isChannelsLast: boolean, perm: readonly number[]): Value {
    const { dims, type } = value;
    const name = `${isChannelsLast ? 'channels-last' : 'channels-first'}:${value.tensor}`;
    const made = this.values.get(name);
    if (made) return made;
    const target = { name, dims, isChannelsLast, type };
    const [, channels = 1, height = 1, width = 1] = dims;
    // Numbers that do not change their places need no copy.
    if (channels === 1 || height * width === 1) return this.reshape(value, fileDims(target), target);
    return this.add('TRANSPOSE', [value.tensor, this.wholes(perm, `${name}:perm`)], target);
  }

  /** The same numbers with other sides. @param sides of the tensor in the file */
  reshape(
    value: Value,
    sides: readonly number[],
    target: Omit<Value, 'tensor'> & { readonly name: string },
  ): Value {
    const shape = this.wholes(sides, `${target.name}:shape`);
    return this.add('RESHAPE', [value.tensor, shape], target, [{ at: 0, ints: sides }]);
  }

  /** A constant as an operand, its four sides in the order of the value that it meets. */
  operand({ dims, data, isFloat }: Constant, isChannelsLast: boolean, name: string): number {
    if (!isFloat) throw new Unsupported('arithmetic of whole numbers');
    if (!isChannelsLast || sizeOfDims(dims) === 1) {
      return this.floats(sizeOfDims(dims) === 1 ? [] : dims, data, name);
    }
    const four = [...new Array<number>(4 - dims.length).fill(1), ...dims];
    const moved = transposed({ isFloat, dims: four, data }, TO_CHANNELS_LAST);
    return this.floats(moved.dims, moved.data as Float32Array, name);
  }

  /**
   * The activation behind a node, if nothing else reads what the node gives; it is then done, and `output` is what it gives.
   * Call it when the node is sure to be written.
   */
  fuseActivation(node: OnnxNode): { readonly code: number; readonly output: string } {
    const output = node.outputs[0] ?? '';
    const users = this.#users.get(output) ?? [];
    const [next] = users;
    const activation =
      next && users.length === 1 && !this.#outputs.has(output) ? this.activationOf(next) : undefined;
    if (next === undefined || activation === undefined) return { code: ACTIVATION.none, output };
    this.fused.add(next);
    return { code: ACTIVATION[activation], output: next.outputs[0] ?? '' };
  }

  /** What of the schema's activations a node is. */
  activationOf(node: OnnxNode): Exclude<Activation, 'none'> | undefined {
    if (node.op === 'Relu') return 'relu';
    if (node.op !== 'Clip') return undefined;
    const { least, most } = this.limits(node);
    if (least !== 0) return undefined;
    return most === 6 ? 'relu6' : most === Number.POSITIVE_INFINITY ? 'relu' : undefined;
  }

  /** Of a Clip. */
  limits(node: OnnxNode): { least: number; most: number } {
    const limit = (at: number, name: string, open: number) =>
      this.constant(node, at)?.data[0] ?? numberOf(node.attributes, name, open);
    const least = limit(1, 'min', Number.NEGATIVE_INFINITY);
    const most = limit(2, 'max', Number.POSITIVE_INFINITY);
    // The largest float stands for "no limit" in older files.
    return { least, most: most > 3.4e38 ? Number.POSITIVE_INFINITY : most };
  }
}

/** The sides of a value's tensor in the file. */
export const fileDims = ({
  dims,
  isChannelsLast,
}: Pick<Value, 'dims' | 'isChannelsLast'>): readonly number[] =>
  isChannelsLast ? TO_CHANNELS_LAST.map((axis) => dims[axis] ?? 1) : dims;

/** Where an axis of ONNX stands in the file. */
export const fileAxis = ({ isChannelsLast }: Pick<Value, 'isChannelsLast'>, axis: number): number =>
  isChannelsLast ? ([0, 3, 1, 2][axis] ?? axis) : axis;
