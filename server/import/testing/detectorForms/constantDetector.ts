import { nodeProto, portProto, tensorProto } from '../../onnx/onnxModel.ts';
import { onnx } from '../../onnx/onnxProto/onnx.js';
import { float32 } from '../../onnx/tensor.ts';

/** An output of a detector that says the same of all pictures. */
export interface ConstantOutput {
  readonly name: string;
  /** A text side is symbolic. */
  readonly shape: readonly (number | string)[];
  /** Sides of `values`, where `shape` has symbols. */
  readonly sides?: readonly number[];
  readonly values: ArrayLike<number>;
  readonly dtype?: 'float32' | 'int32' | 'int64';
}

/** For tests: a detector of nothing but its outputs, as some exporter writes them. */
export function constantDetector({
  input = [1, 3, 64, 64],
  name = 'images',
  dtype = 'float32',
  outputs,
  metadata = {},
  opset = 13,
}: {
  input?: readonly (number | string)[];
  name?: string;
  dtype?: 'float32' | 'uint8' | 'int32';
  outputs: readonly ConstantOutput[];
  metadata?: Readonly<Record<string, string>>;
  opset?: number;
}): Uint8Array {
  const types = { float32: 1, int32: 6, int64: 7 };
  // Depends on the picture, so that nothing is folded away, and is nothing.
  const nodes = [
    nodeProto({ op: 'Cast', inputs: [name], outputs: ['floats'], attributes: { to: { int: 1 } } }),
    nodeProto({
      op: 'ReduceMax',
      inputs: ['floats'],
      outputs: ['most'],
      attributes: { keepdims: { int: 0 } },
    }),
    nodeProto({ op: 'Mul', inputs: ['most', 'zero'], outputs: ['none'], attributes: {} }),
    ...outputs.flatMap((output) => [
      nodeProto({
        op: 'Add',
        inputs: [`${output.name} values`, 'none'],
        outputs: [`${output.name} sum`],
        attributes: {},
      }),
      nodeProto({
        op: 'Cast',
        inputs: [`${output.name} sum`],
        outputs: [output.name],
        attributes: { to: { int: types[output.dtype ?? 'float32'] } },
      }),
    ]),
  ];
  return onnx.ModelProto.encode({
    irVersion: 7,
    producerName: 'test',
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'detector',
      node: nodes,
      initializer: [
        tensorProto('zero', float32([], [0])),
        ...outputs.map(({ name: output, shape, sides, values }) =>
          tensorProto(`${output} values`, float32(sides ?? shape.map(Number), Float32Array.from(values))),
        ),
      ],
      input: [portProto({ name, dtype, shape: [...input] })],
      output: outputs.map(({ name: output, shape, dtype: type = 'float32' }) => ({
        name: output,
        type: {
          tensorType: {
            elemType: types[type],
            shape: {
              dim: shape.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side })),
            },
          },
        },
      })),
    },
  }).finish();
}

/** Numbers of a table, row by row: what `fill` says, but for the rows that are given. */
export function table(
  rows: number,
  columns: number,
  fill: (row: number, column: number) => number,
  given: Readonly<Record<number, readonly number[]>> = {},
): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const row = Math.floor(at / columns);
    const column = at % columns;
    return given[row]?.[column] ?? fill(row, column);
  });
}

/** [rows, columns] as [columns, rows]. */
export function columnsFirst(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  return Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)] ?? 0);
}
