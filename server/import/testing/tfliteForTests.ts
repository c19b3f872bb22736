import { Builder } from 'flatbuffers';
import { OPERATORS } from '../convert/tflite/schema.ts';

/** A field of a FlatBuffers table: by its number in the schema. */
type Field =
  | { readonly int: number }
  | { readonly byte: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly longs: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly bytes: Uint8Array }
  | { readonly table: Fields }
  | { readonly tables: readonly Fields[] };
export type Fields = Readonly<Record<number, Field>>;

export interface SmallTensor {
  /** Default: `tensor:` and its number. */
  readonly name?: string;
  readonly shape: readonly number[];
  /** float32 0, int32 2, uint8 3, int8 9. */
  readonly type?: number;
  readonly bytes?: Uint8Array;
  readonly scale?: readonly number[];
  readonly zeroPoint?: readonly number[];
  readonly sparsity?: Fields;
}
export interface SmallOperator {
  readonly op: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: Fields;
  /** Which table of the schema the options are: `BuiltinOptions`. TensorFlow Lite itself reads no other. */
  readonly optionsType?: number;
  /** Of an operator that is not TensorFlow Lite's own. */
  readonly customOptions?: Uint8Array;
}

/** For tests: the bytes of a .tflite file of a few operators; tensor 0 is its input, unless `inputs` says otherwise. */
export function makeTflite(
  tensors: readonly SmallTensor[],
  operators: readonly SmallOperator[],
  outputs: readonly number[],
  inputs: readonly number[] = [0],
): Uint8Array {
  const builder = new Builder();
  const root = write(builder, {
    0: { int: 3 },
    1: { tables: operators.map(({ op }) => codeOf(op)) },
    2: {
      tables: [
        {
          0: { tables: tensors.map(tensorFields) },
          1: { ints: inputs },
          2: { ints: outputs },
          3: { tables: operators.map(operatorFields) },
        },
      ],
    },
    4: { tables: [{}, ...tensors.map(({ bytes }): Fields => (bytes ? { 0: { bytes } } : {}))] },
  });
  builder.finish(root, 'TFL3');
  return builder.asUint8Array();
}

function codeOf(op: string): Fields {
  const number = OPERATORS.indexOf(op);
  return number < 0
    ? { 1: { text: op }, 3: { int: OPERATORS.indexOf('CUSTOM') } }
    : { 0: { byte: Math.min(number, 127) }, 3: { int: number } };
}
const tensorFields = (
  { name, shape, type = 0, scale, zeroPoint = [0], sparsity }: SmallTensor,
  i: number,
): Fields => ({
  0: { ints: shape },
  1: { byte: type },
  2: { int: i + 1 },
  3: { text: name ?? `tensor:${i}` },
  ...(scale ? { 4: { table: { 2: { floats: scale }, 3: { longs: zeroPoint } } } } : {}),
  ...(sparsity ? { 6: { table: sparsity } } : {}),
});
const operatorFields = (
  { inputs, outputs, options, optionsType = 1, customOptions }: SmallOperator,
  i: number,
): Fields => ({
  0: { int: i },
  1: { ints: inputs },
  2: { ints: outputs },
  ...(options ? { 3: { byte: optionsType }, 4: { table: options } } : {}),
  ...(customOptions ? { 5: { bytes: customOptions } } : {}),
});

function write(builder: Builder, fields: Fields): number {
  const entries = Object.entries(fields).map(([slot, field]) => {
    return { slot: Number(slot), field, at: offsetOf(builder, field) };
  });
  builder.startObject(10);
  for (const { slot, field, at } of entries) {
    if ('int' in field) builder.addFieldInt32(slot, field.int, 0);
    else if ('byte' in field) builder.addFieldInt8(slot, field.byte, 0);
    else if ('float' in field) builder.addFieldFloat32(slot, field.float, 0);
    else builder.addFieldOffset(slot, at, 0);
  }
  return builder.endObject();
}

function offsetOf(builder: Builder, field: Field): number {
  const vector = (size: number, values: readonly number[], add: (value: number) => void): number => {
    builder.startVector(size, values.length, size);
    for (const value of values.toReversed()) add(value);
    return builder.endVector();
  };
  if ('text' in field) return builder.createString(field.text);
  if ('ints' in field) return vector(4, field.ints, (value) => builder.addInt32(value));
  if ('longs' in field) return vector(8, field.longs, (value) => builder.addInt64(BigInt(value)));
  if ('floats' in field) return vector(4, field.floats, (value) => builder.addFloat32(value));
  if ('bytes' in field) return builder.createByteVector(field.bytes);
  if ('table' in field) return write(builder, field.table);
  if ('tables' in field) {
    const offsets = field.tables.map((table) => write(builder, table));
    return vector(4, offsets, (value) => builder.addOffset(value));
  }
  return 0;
}

export const floatBytes = (values: readonly number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);
export const intBytes = (values: readonly number[]): Uint8Array =>
  new Uint8Array(Int32Array.from(values).buffer);
