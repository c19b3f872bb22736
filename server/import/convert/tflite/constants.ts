import { aboutTflite } from '../../../../protocol/sentences/tflite.ts';
import { halvesToFloats } from '../../../../vision/half.ts';
import { ImportError } from '../../importError.ts';
import { elementCount, roundToInt32, type Steps, type Tensor } from '../../onnx/tensor.ts';
import { densify } from './densify.ts';
import type { Quantization, TfliteTensor } from './tfliteFile.ts';

/** Types whose whole numbers stand for real ones, where the tensor says how. */
const QUANTIZED: ReadonlySet<string> = new Set(['int4', 'int8', 'uint8', 'int16']);
/** How a tensor stands for real numbers, if it does. Those of 32 bits are biases, and tell nobody else. */
export const quantizationOf = ({
  type,
  quantization,
}: Pick<TfliteTensor, 'type' | 'quantization'>): Quantization | undefined =>
  QUANTIZED.has(type) ? quantization : undefined;

/**
 * The values of a constant as the graph computes with them: whatever stands for real numbers as float32, whole numbers
 * that are sizes and places as int32.
 * @throws ImportError `malformed_source`, `unsupported_use`
 */
export function constantOf(tensor: TfliteTensor): Tensor {
  const { type, shape, bytes, sparsity } = tensor;
  const stored = storedValues(tensor);
  const count = elementCount(shape);
  const isFloat = type === 'float32' || type === 'float16';
  if (!isFloat && quantizationOf(tensor) === undefined) {
    if (stored.length !== count) throw wrongLength(tensor, stored.length);
    if (type === 'bool') return { dtype: 'bool', shape, data: Uint8Array.from(bytes) };
    // Ends of slices may be the largest number of 64 bits.
    return { dtype: 'int32', shape, data: Int32Array.from(stored, roundToInt32) };
  }
  const floats = stored instanceof Float32Array ? stored : Float32Array.from(stored);
  const isSparse = sparsity !== undefined && sparsity.tables(2).length > 0;
  const data = isSparse ? densify(floats, shape, sparsity) : floats;
  if (data.length !== count) throw wrongLength(tensor, data.length);
  const quantization = quantizationOf(tensor);
  return {
    dtype: 'float32',
    shape,
    data: dequantize(data, shape, quantization),
    steps: stepsOf(type, quantization),
  };
}

/** As uint8; int8 and int4 only move by 128. */
function stepsOf(type: string, quantization: Quantization | undefined): Steps | undefined {
  if (quantization === undefined || type === 'int16') return undefined;
  const { scales, zeroPoints } = quantization;
  return { scales, zeroPoints: zeroPoints.map((zero) => (type === 'uint8' ? zero : zero + 128)) };
}

/** A bias of 32 bits has the scale of the input times that of the weights, and may leave it unsaid. */
export function biasOf(tensor: TfliteTensor, input: Quantization | undefined, filter: TfliteTensor): Tensor {
  if (tensor.type !== 'int32' && tensor.type !== 'int64') return constantOf(tensor);
  const scales = filter.quantization?.scales.map((scale) => scale * (input?.scales[0] ?? 1)) ?? [];
  const own = { scales, zeroPoints: scales.map(() => 0), axis: 0 };
  const whole = storedValues(tensor);
  if (whole.length !== elementCount(tensor.shape)) throw wrongLength(tensor, whole.length);
  const data = dequantize(Float64Array.from(whole), tensor.shape, tensor.quantization ?? own);
  return { dtype: 'float32', shape: tensor.shape, data };
}

function dequantize(
  stored: Float32Array | Float64Array,
  shape: readonly number[],
  quantization: Quantization | undefined,
): Float32Array {
  if (quantization === undefined) return stored instanceof Float32Array ? stored : Float32Array.from(stored);
  const { scales, zeroPoints, axis } = quantization;
  const values = new Float32Array(stored.length);
  const inner = elementCount(shape.slice(axis + 1));
  for (let i = 0; i < values.length; i++) {
    const channel = scales.length === 1 ? 0 : Math.floor(i / inner) % (shape[axis] ?? 1);
    values[i] = ((stored[i] ?? 0) - (zeroPoints[channel] ?? 0)) * (scales[channel] ?? 0);
  }
  return values;
}

type Stored = Float32Array | Int8Array | Uint8Array | Int16Array | Int32Array | number[];

function storedValues(tensor: TfliteTensor): Stored {
  const { type, bytes } = tensor;
  const view = <T>(kind: new (buffer: ArrayBufferLike, at: number, count: number) => T, size: number): T => {
    if (bytes.byteLength % size !== 0) throw wrongLength(tensor, bytes.byteLength / size);
    const { buffer, byteOffset, byteLength } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
    return new kind(buffer, byteOffset, byteLength / size);
  };
  switch (type) {
    case 'float32':
      return view(Float32Array, 4);
    case 'float16':
      return halvesToFloats(view(Uint16Array, 2));
    case 'int4':
      return unpackNibbles(bytes, elementCount(tensor.shape));
    case 'int8':
      return view(Int8Array, 1);
    case 'uint8':
    case 'bool':
      return bytes;
    case 'int16':
      return view(Int16Array, 2);
    case 'int32':
      return view(Int32Array, 4);
    case 'int64':
      return Array.from(view(BigInt64Array, 8), Number);
    default:
      throw new ImportError('unsupported_use', aboutTflite('lite_type', { name: tensor.name, type }));
  }
}

/** Two numbers of -8..7 a byte, the first in its lower half; the last half may be unused. */
function unpackNibbles(bytes: Uint8Array, count: number): Int8Array {
  // Another length is found by whoever counts.
  const length = bytes.byteLength === Math.ceil(count / 2) ? count : bytes.byteLength * 2;
  return Int8Array.from({ length }, (_, i) => ((bytes[i >> 1] ?? 0) << (i % 2 === 0 ? 28 : 24)) >> 28);
}

const wrongLength = ({ name, shape }: TfliteTensor, found: number) =>
  new ImportError('malformed_source', aboutTflite('lite_values', { name, shape: shape.join(', '), found }));
