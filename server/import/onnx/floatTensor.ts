import type { TensorProto } from './onnxFile.ts';
import { onnx } from './onnxProto/onnx.js';

const { DataType } = onnx.TensorProto;

/** The numbers of a float32 tensor, in an array of their own; undefined for other types. */
export function floatsOf({ dataType, rawData, floatData }: TensorProto): Float32Array | undefined {
  if (dataType !== DataType.FLOAT) return undefined;
  // A copy: raw bytes need not lie at a multiple of four.
  return rawData?.byteLength
    ? new Float32Array(Uint8Array.from(rawData).buffer)
    : Float32Array.from(floatData ?? []);
}

const TYPES = [
  [Float32Array, DataType.FLOAT],
  [Int32Array, DataType.INT32],
  [Int8Array, DataType.INT8],
  [Uint8Array, DataType.UINT8],
  [Uint16Array, DataType.FLOAT16],
] as const;

/** @param data float16 as their bits */
export function tensorOf(
  name: string,
  data: Float32Array | Int32Array | Int8Array | Uint8Array | Uint16Array,
  dims: readonly number[] = [],
): TensorProto {
  const dataType = TYPES.find(([kind]) => data instanceof kind)?.[1] ?? DataType.UNDEFINED;
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dataType, dims: [...dims], rawData };
}
