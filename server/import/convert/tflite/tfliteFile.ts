import { aboutTflite } from '../../../../protocol/sentences/tflite.ts';
import { ImportError } from '../../importError.ts';
import { maxRank, requireReasonable } from '../../onnx/dims.ts';
import { FlatTable } from './flatTable.ts';
import { OPERATORS, typeOf } from './schema.ts';

/** How whole numbers stand for real ones: real = scale * (whole - zeroPoint). */
export interface Quantization {
  /** One for the tensor, or one for each entry of `axis`. */
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
}
export interface TfliteTensor {
  readonly name: string;
  /** Such as "float32", "int8". */
  readonly type: string;
  readonly shape: readonly number[];
  /** Sides, -1 where any number goes. */
  readonly signature: readonly number[];
  /** Empty for what is computed. */
  readonly bytes: Uint8Array;
  readonly quantization: Quantization | undefined;
  readonly sparsity: FlatTable | undefined;
}
export interface TfliteOperator {
  /** Of the schema, or of whoever made a custom one. */
  readonly op: string;
  readonly isCustom: boolean;
  /** Numbers of tensors; -1 for an input that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** As the schema's table for this operator. */
  readonly options: FlatTable | undefined;
  readonly customOptions: Uint8Array;
}
/** The main graph of a TensorFlow Lite file. */
export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Bytes by their name, such as TFLITE_METADATA. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

const MAX_OPERATORS = 20_000;
const MAX_TENSORS = 100_000;

/**
 * Reads a .tflite file of strangers, without running anything of it.
 * @throws ImportError `malformed_source`, `unsupported_use`, `too_large`
 */
export function readTflite(file: Uint8Array): TfliteModel {
  const mark = Buffer.from(file.subarray(4, 8)).toString('latin1');
  if (mark !== 'TFL3') throw new ImportError('malformed_source', aboutTflite('lite_not_a_file'));
  const model = FlatTable.root(file);
  const version = model.int(0);
  if (version !== 3) throw new ImportError('unsupported_use', aboutTflite('lite_version', { version }));
  const [graph] = model.tables(2);
  if (graph === undefined) throw new ImportError('malformed_source', aboutTflite('lite_no_graph'));
  const buffers = model.tables(4);
  const codes = model.tables(1).map(readCode);
  const bytesOf = (index: number): Uint8Array => {
    const buffer = buffers[index];
    if (buffer === undefined) return new Uint8Array();
    // Files above 2 GB keep their weights behind the FlatBuffer.
    const [offset, size] = [buffer.long(1), buffer.long(2)];
    if (offset <= 1) return buffer.bytes(0);
    if (offset + size > file.byteLength) {
      throw new ImportError('malformed_source', aboutTflite('lite_weights_outside'));
    }
    return file.subarray(offset, offset + size);
  };
  const tables = graph.tables(0);
  const operators = graph.tables(3);
  if (tables.length > MAX_TENSORS || operators.length > MAX_OPERATORS) {
    throw new ImportError(
      'too_large',
      aboutTflite('lite_too_many', {
        operators: operators.length,
        tensors: tables.length,
        maxOperators: MAX_OPERATORS,
        maxTensors: MAX_TENSORS,
      }),
    );
  }
  const tensors = tables.map((table) => readTensor(table, bytesOf(table.int(2))));
  const checked = (indices: readonly number[]): readonly number[] => {
    const wrong = indices.find((index) => index < -1 || index >= tensors.length);
    if (wrong === undefined) return indices;
    throw new ImportError(
      'malformed_source',
      aboutTflite('lite_tensor_unknown', { index: wrong, count: tensors.length }),
    );
  };
  return {
    tensors,
    operators: operators.map((table): TfliteOperator => {
      const code = codes[table.int(0)];
      if (code === undefined) throw new ImportError('malformed_source', aboutTflite('lite_no_code'));
      return {
        ...code,
        inputs: checked(table.ints(1)),
        outputs: checked(table.ints(2)),
        options: table.table(4),
        customOptions: table.bytes(5),
      };
    }),
    inputs: checked(graph.ints(1)),
    outputs: checked(graph.ints(2)),
    metadata: new Map(model.tables(6).map((entry) => [entry.text(0), bytesOf(entry.int(1))])),
  };
}

function readCode(table: FlatTable): { op: string; isCustom: boolean } {
  // Numbers above 127 did not fit into the first field.
  const number = Math.max(table.byte(0), table.int(3));
  const op = OPERATORS[number] ?? `operator ${number}`;
  return op === 'CUSTOM' ? { op: table.text(1), isCustom: true } : { op, isCustom: false };
}

function readTensor(table: FlatTable, bytes: Uint8Array): TfliteTensor {
  const shape = table.ints(0);
  const signature = table.ints(7);
  const name = table.text(3);
  if (shape.length > maxRank)
    throw new ImportError(
      'unsupported_use',
      aboutTflite('lite_axes', { name, axes: shape.length, max: maxRank }),
    );
  requireReasonable(
    shape.map((side) => Math.max(side, 0)),
    `tensor "${name}"`,
  );
  return {
    name,
    type: typeOf(table.byte(1)),
    shape,
    signature: signature.length === shape.length ? signature : shape,
    bytes,
    quantization: readQuantization(table.table(4)),
    sparsity: table.table(6),
  };
}

function readQuantization(table: FlatTable | undefined): Quantization | undefined {
  const scales = table?.floats(2) ?? [];
  if (table === undefined || scales.length === 0) return undefined;
  const zeroPoints = table.longs(3);
  return {
    scales,
    zeroPoints: scales.map((_, i) => zeroPoints[i] ?? zeroPoints[0] ?? 0),
    axis: table.int(6),
  };
}
