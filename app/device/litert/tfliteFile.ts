import { Builder } from 'flatbuffers';
import { OPS, type OpName, TENSOR_TYPE, type TensorType } from './tfliteSchema.ts';

/** One node of a .tflite file; numbers are those of its tensors. */
export interface TfliteNode {
  readonly op: OpName;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The fields of its table of options. */
  readonly options?: readonly Field[] | undefined;
}

interface TfliteTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
  /** Its values, where it is a constant. */
  readonly data: Uint8Array | undefined;
}

/** Version 3 of the schema, that of all files today. */
const SCHEMA_VERSION = 3;
const FILE_ID = 'TFL3';
/** Weights begin at a multiple of this, so that SIMD may read them in place. */
const WEIGHTS_ALIGNMENT = 16;

/** A .tflite file being built: tensors and nodes in execution order. */
export class TfliteFile {
  readonly #tensors: TfliteTensor[] = [];
  readonly #nodes: TfliteNode[] = [];

  /** Adds a tensor and gives its number. */
  tensor(type: TensorType, dims: readonly number[], name: string, data?: Uint8Array): number {
    this.#tensors.push({ name, type, dims, data });
    return this.#tensors.length - 1;
  }

  add(node: TfliteNode): void {
    this.#nodes.push(node);
  }

  /** The bytes of the file. Tensors that no node reads or gives are left out of its buffers, but keep their numbers. */
  write({ inputs, outputs }: { inputs: readonly number[]; outputs: readonly number[] }): Uint8Array {
    const used = new Set([...inputs, ...outputs, ...this.#nodes.flatMap((node) => [...node.inputs])]);
    const tensors = this.#tensors.map((tensor, at) =>
      used.has(at) ? tensor : { ...tensor, data: undefined },
    );
    const weights = tensors.reduce((sum, { data }) => sum + (data?.byteLength ?? 0) + 64, 0);
    // Else the builder doubles its buffer whenever it is full, and copies all weights each time.
    const builder = new Builder(weights + 512 * (tensors.length + this.#nodes.length) + 4_096);

    // The first buffer is that of all tensors without values.
    const buffers = [table(builder, [])];
    const tensorOffsets = tensors.map(({ name, type, dims, data }) => {
      let buffer = 0;
      if (data !== undefined) {
        buffers.push(table(builder, [{ at: 0, offset: bytesVector(builder, data) }]));
        buffer = buffers.length - 1;
      }
      return table(builder, [
        { at: 0, offset: intVector(builder, dims) },
        { at: 1, int8: TENSOR_TYPE[type] },
        { at: 2, int32: buffer },
        { at: 3, offset: builder.createString(name) },
      ]);
    });

    const codes = [...new Set(this.#nodes.map(({ op }) => op))];
    const nodeOffsets = this.#nodes.map(({ op, inputs: from, outputs: to, options }) => {
      const given = [
        { at: 0, int32: codes.indexOf(op) },
        { at: 1, offset: intVector(builder, from) },
        { at: 2, offset: intVector(builder, to) },
      ];
      const { options: kind } = OPS[op];
      if (kind === 0) return table(builder, given);
      const offset = table(builder, options ?? []);
      return table(builder, [...given, { at: 3, int8: kind }, { at: 4, offset }]);
    });
    const subgraph = table(builder, [
      { at: 0, offset: offsetVector(builder, tensorOffsets) },
      { at: 1, offset: intVector(builder, inputs) },
      { at: 2, offset: intVector(builder, outputs) },
      { at: 3, offset: offsetVector(builder, nodeOffsets) },
    ]);
    const codeOffsets = codes.map((op) => {
      const { code, version } = OPS[op];
      // Readers of before codes went beyond 127 look at the first field.
      return table(builder, [
        { at: 0, int8: Math.min(127, code) },
        { at: 2, int32: version },
        { at: 3, int32: code },
      ]);
    });
    const model = table(builder, [
      { at: 0, int32: SCHEMA_VERSION },
      { at: 1, offset: offsetVector(builder, codeOffsets) },
      { at: 2, offset: offsetVector(builder, [subgraph]) },
      { at: 4, offset: offsetVector(builder, buffers) },
    ]);
    builder.finish(model, FILE_ID);
    return builder.asUint8Array();
  }
}

/** One field of a table, at its place in the schema. */
export type Field = { readonly at: number } & (
  | { readonly offset: number }
  | { readonly ints: readonly number[] }
  | { readonly int8: number }
  | { readonly int32: number }
  | { readonly float32: number }
);

function table(builder: Builder, given: readonly Field[]): number {
  // Lists are written before the table that names them.
  const fields = given.map((field) =>
    'ints' in field ? { at: field.at, offset: intVector(builder, field.ints) } : field,
  );
  builder.startObject(1 + Math.max(-1, ...fields.map(({ at }) => at)));
  for (const field of fields) {
    if ('offset' in field) builder.addFieldOffset(field.at, field.offset, 0);
    else if ('int8' in field) builder.addFieldInt8(field.at, field.int8, 0);
    else if ('int32' in field) builder.addFieldInt32(field.at, field.int32, 0);
    else builder.addFieldFloat32(field.at, field.float32, 0);
  }
  return builder.endObject();
}

function intVector(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of [...values].reverse()) builder.addInt32(value);
  return builder.endVector();
}

function offsetVector(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) builder.addOffset(offset);
  return builder.endVector();
}

function bytesVector(builder: Builder, bytes: Uint8Array): number {
  builder.prep(WEIGHTS_ALIGNMENT, bytes.byteLength);
  return builder.createByteVector(bytes);
}
