import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { ImportError } from '../importError.ts';
import type { TensorProto } from './onnxFile.ts';
import { onnx } from './onnxProto/onnx.js';

type Whole = NonNullable<TensorProto['dims']>[number];

/** A file of this format cannot be larger than 2 GB; what it becomes must stay below that too. */
export const MAX_BYTES = 1_500_000_000;

export const tooLarge = (what: string): ImportError =>
  new ImportError('too_large', `${what}; models of up to ${formatBytes(MAX_BYTES)} can be imported.`);

/** Bits of one value by the number of its data type; values of 4 and 2 bits share bytes. */
const BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
  25: 2,
  26: 2,
};

export const dataTypeName = (dataType: number | null | undefined): string =>
  (onnx.TensorProto.DataType[dataType ?? 0] ?? `type ${dataType}`)
    .toLowerCase()
    .replace(/^float$/, 'float32');

/** `undefined` where the number is so large that it cannot be meant. */
export function wholeNumber(value: Whole | null | undefined): number | undefined {
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Bytes that the values of a tensor take. @throws ImportError where its shape makes no sense */
export function tensorBytes(tensor: TensorProto): number {
  const name = `tensor "${tensor.name || 'without a name'}"`;
  let count = 1;
  for (const dim of tensor.dims ?? []) {
    const side = wholeNumber(dim);
    if (side === undefined || side < 0) {
      throw new ImportError('malformed_source', aboutGraph('bad_side', { name, side: String(dim) }));
    }
    count *= side;
  }
  const bits = BITS[tensor.dataType ?? 0];
  if (bits === undefined) {
    throw new ImportError(
      'unsupported_model',
      aboutGraph('unused_type', { name, type: dataTypeName(tensor.dataType) }),
    );
  }
  const bytes = Math.ceil((count * bits) / 8);
  if (bytes > MAX_BYTES) throw tooLarge(`${name} claims ${formatBytes(bytes)}`);
  return bytes;
}
