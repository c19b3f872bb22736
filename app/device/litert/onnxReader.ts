import { halvesToFloats } from '../../../vision/half.ts';
import type { Constant } from './constant.ts';

/** What a converter needs of an ONNX file, with the weights as views of it. */
export interface OnnxFile {
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
  /** In an order in which each comes after those that it needs. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** Version of the operators of ONNX itself. */
  readonly opset: number;
}

export interface OnnxInput {
  readonly name: string;
  /** Number of the type, as of ONNX' `TensorProto.DataType`. */
  readonly dataType: number;
  /** Undefined: known only when a picture comes. */
  readonly dims: readonly (number | undefined)[];
}

export interface OnnxNode {
  readonly op: string;
  /** Empty for an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export type Attributes = Readonly<Record<string, number | string | readonly number[] | Constant>>;

/** As of ONNX' `TensorProto.DataType`. */
export const DATA_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10 } as const;

/** Something of the file that is not read here; whoever asked runs it with a runtime that reads all. */
export class UnreadableOnnx extends Error {
  override readonly name = 'UnreadableOnnx';
}

/**
 * Reads the graph of an ONNX file. A reader of its own: the one of the importer brings all messages of ONNX, ten times the
 * code of the device's worker, and this needs twenty fields of them.
 * @throws UnreadableOnnx for what is not read here: other operator sets, subgraphs, weights in other files or of rare types
 * @throws RangeError for a file that ends too early
 */
export function readOnnx(file: Uint8Array): OnnxFile {
  // Not as it comes: `slice` of a Buffer of Node.js is no copy, but a view of more than that.
  const model = fieldsOf(new Uint8Array(file.buffer, file.byteOffset, file.byteLength));
  const graph = fieldsOf(model.bytes(7));
  const constants = new Map<string, Constant>();
  for (const tensor of graph.messages(5)) {
    const { name, constant } = readTensor(tensor);
    constants.set(name, constant);
  }
  const opsets = model.messages(8).map((one) => ({ domain: one.text(1), version: one.number(2) }));
  return {
    // Files of ONNX before version 4 name their weights among the inputs, too.
    inputs: graph
      .messages(11)
      .map(readInput)
      .filter(({ name }) => !constants.has(name)),
    outputs: graph.messages(12).map((output) => output.text(1)),
    nodes: graph.messages(1).map(readNode),
    constants,
    opset: opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0,
  };
}

function readInput(value: Fields): OnnxInput {
  const tensor = value.message(2).message(1);
  const dims = tensor
    .message(2)
    .messages(1)
    .map((dim) => (dim.has(1) ? dim.number(1) : undefined));
  return { name: value.text(1), dataType: tensor.number(1), dims };
}

function readNode(node: Fields): OnnxNode {
  const domain = node.text(7);
  const op = node.text(4);
  if (domain !== '' && domain !== 'ai.onnx') throw new UnreadableOnnx(`${domain}.${op}`);
  const attributes: Record<string, Attributes[string]> = {};
  for (const attribute of node.messages(5)) attributes[attribute.text(1)] = readAttribute(attribute, op);
  return { op, inputs: node.texts(1), outputs: node.texts(2), attributes };
}

function readAttribute(attribute: Fields, op: string): Attributes[string] {
  // A type of 0 is of old files, which say it by the field that is there.
  const type = attribute.number(20);
  if (type === 1 || (type === 0 && attribute.has(2))) return attribute.float(2);
  if (type === 2 || (type === 0 && attribute.has(3))) return attribute.number(3);
  if (type === 3 || (type === 0 && attribute.has(4))) return attribute.text(4);
  if (type === 4 || (type === 0 && attribute.has(5))) return readTensor(attribute.message(5)).constant;
  if (type === 6 || (type === 0 && attribute.has(7))) return attribute.floats(7);
  if (type === 7 || (type === 0 && attribute.has(8))) return attribute.numbers(8);
  throw new UnreadableOnnx(`${op} with an attribute of type ${type}`);
}

function readTensor(tensor: Fields): { name: string; constant: Constant } {
  const name = tensor.text(8);
  const dims = tensor.numbers(1);
  const dataType = tensor.number(2);
  if (tensor.number(14) === 1) throw new UnreadableOnnx('weights in another file');
  const raw = tensor.bytes(9);
  const { float32, uint8, int8, int32, int64, bool, float16 } = DATA_TYPE;
  const isRaw = raw.byteLength > 0;
  const floats = (data: Float32Array) => ({ name, constant: { isFloat: true, dims, data } as const });
  const whole = (data: Iterable<number>) => ({
    name,
    constant: { isFloat: false, dims, data: Float64Array.from(data) } as const,
  });
  switch (dataType) {
    case float32:
      return floats(isRaw ? new Float32Array(aligned(raw, 4)) : Float32Array.from(tensor.floats(4)));
    case float16: {
      const halves = isRaw ? new Uint16Array(aligned(raw, 2)) : Uint16Array.from(tensor.numbers(5));
      return floats(halvesToFloats(halves));
    }
    case int64:
      return whole(isRaw ? Array.from(new BigInt64Array(aligned(raw, 8)), Number) : tensor.numbers(7));
    case int32:
      return whole(isRaw ? new Int32Array(aligned(raw, 4)) : tensor.numbers(5));
    case int8:
      return whole(isRaw ? new Int8Array(aligned(raw, 1)) : tensor.numbers(5));
    case uint8:
    case bool:
      return whole(isRaw ? raw : tensor.numbers(5));
    default:
      throw new UnreadableOnnx(`weights of type ${dataType}`);
  }
}

/** The buffer of these bytes alone; a copy, as numbers of several bytes must begin at a multiple of their size. */
const aligned = (bytes: Uint8Array, size: number): ArrayBuffer => {
  const whole = bytes.byteLength - (bytes.byteLength % size);
  return bytes.slice(0, whole).buffer as ArrayBuffer;
};

/** The fields of one message in the wire format of protocol buffers, by their numbers. */
interface Fields {
  has(field: number): boolean;
  /** 0 where it is not there, as the format has it. */
  number(field: number): number;
  numbers(field: number): number[];
  float(field: number): number;
  floats(field: number): number[];
  bytes(field: number): Uint8Array;
  text(field: number): string;
  texts(field: number): string[];
  message(field: number): Fields;
  messages(field: number): Fields[];
}

const UTF8 = new TextDecoder();
const NO_BYTES = new Uint8Array();

/** @throws RangeError for a message that ends too early */
function fieldsOf(bytes: Uint8Array): Fields {
  const found = new Map<number, (number | Uint8Array)[]>();
  const reader = new WireReader(bytes);
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const field = Math.floor(tag / 8);
    const value = reader.value(tag % 8);
    const values = found.get(field);
    if (values) values.push(value);
    else found.set(field, [value]);
  }
  const all = (field: number) => found.get(field) ?? [];
  const chunks = (field: number) => all(field).filter((value) => typeof value !== 'number');
  const last = (field: number) => chunks(field).at(-1) ?? NO_BYTES;
  const toFloats = (chunk: Uint8Array) => Array.from(new Float32Array(aligned(chunk, 4)));
  const fields: Fields = {
    has: (field) => found.has(field),
    number: (field) => fields.numbers(field).at(-1) ?? 0,
    // Numbers of a list stand packed in one chunk, or one by one.
    numbers: (field) => all(field).flatMap((value) => (typeof value === 'number' ? value : unpack(value))),
    float: (field) => fields.floats(field).at(-1) ?? 0,
    floats: (field) => chunks(field).flatMap(toFloats),
    bytes: last,
    text: (field) => UTF8.decode(last(field)),
    texts: (field) => chunks(field).map((chunk) => UTF8.decode(chunk)),
    message: (field) => fieldsOf(last(field)),
    messages: (field) => chunks(field).map(fieldsOf),
  };
  return fields;
}

function unpack(chunk: Uint8Array): number[] {
  const reader = new WireReader(chunk);
  const numbers: number[] = [];
  while (!reader.isAtEnd) numbers.push(reader.varint());
  return numbers;
}

class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  /** Signed, of 64 bits: what is beyond 2^53 loses its last digits, and only stands for "to the end" in these files. */
  varint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || shift > 63) throw new RangeError('The ONNX file ends within a number.');
      const bits = byte & 0x7f;
      if (shift < 28) low += bits * 2 ** shift;
      else high += bits * 2 ** (shift - 28);
      if (byte < 0x80) break;
    }
    // Bits 28 to 63: a number whose first bit is set is below 0.
    if (high >= 2 ** 35) high -= 2 ** 36;
    return high * 2 ** 28 + low;
  }

  value(wireType: number): number | Uint8Array {
    switch (wireType) {
      case 0:
        return this.varint();
      case 1:
        return this.#take(8);
      case 2:
        return this.#take(this.varint());
      case 5:
        return this.#take(4);
      default:
        throw new RangeError(`The ONNX file has a field of the unknown kind ${wireType}.`);
    }
  }

  #take(count: number): Uint8Array {
    const end = this.#at + count;
    if (count < 0 || end > this.#bytes.byteLength) throw new RangeError('The ONNX file ends within a field.');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
