import * as v from 'valibot';
import { ImportError } from './importError.ts';
import { elementCount, type Tensor } from './tensor.ts';

/**
 * One entry of a TensorFlow.js weights manifest. Values may be stored smaller than they are used: as float16,
 * or as uint8/uint16 steps with value = stored * scale + min.
 */
export const WeightEntry = v.object({
  name: v.string(),
  shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
  dtype: v.picklist(['float32', 'int32', 'bool']),
  quantization: v.optional(
    v.variant('dtype', [
      v.object({ dtype: v.literal('float16') }),
      v.object({ dtype: v.picklist(['uint8', 'uint16']), scale: v.number(), min: v.number() }),
    ]),
  ),
});
export type WeightEntry = v.InferOutput<typeof WeightEntry>;

const bytesPerValue = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

/** How many bytes the entry takes in its shard. */
export function storedBytes(entry: WeightEntry): number {
  return elementCount(entry.shape) * bytesPerValue[entry.quantization?.dtype ?? entry.dtype];
}

/**
 * Decodes one weight to the type the graph computes with. The bytes are little-endian, as TensorFlow.js writes
 * them.
 *
 * @param bytes exactly `storedBytes(entry)` bytes
 * @throws ImportError `malformed_source` if the number of bytes is another
 */
export function decodeWeight(entry: WeightEntry, bytes: Uint8Array): Tensor {
  if (bytes.byteLength !== storedBytes(entry)) {
    throw new ImportError(
      'malformed_source',
      `weight "${entry.name}" needs ${storedBytes(entry)} bytes, the shards hold ${bytes.byteLength}`,
    );
  }
  const { shape } = entry;
  if (entry.dtype === 'bool') return { dtype: 'bool', shape, data: Uint8Array.from(bytes) };
  const stored = storedValues(entry, bytes);
  return entry.dtype === 'int32'
    ? { dtype: 'int32', shape, data: Int32Array.from(stored, Math.round) }
    : { dtype: 'float32', shape, data: Float32Array.from(stored) };
}

function storedValues(entry: WeightEntry, bytes: Uint8Array): ArrayLike<number> & Iterable<number> {
  const count = elementCount(entry.shape);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { quantization } = entry;
  if (quantization === undefined) {
    return entry.dtype === 'int32'
      ? Int32Array.from({ length: count }, (_, i) => view.getInt32(i * 4, true))
      : Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4, true));
  }
  if (quantization.dtype === 'float16') {
    return Float32Array.from({ length: count }, (_, i) => float16ToNumber(view.getUint16(i * 2, true)));
  }
  const { scale, min } = quantization;
  const step =
    quantization.dtype === 'uint8'
      ? (i: number) => view.getUint8(i)
      : (i: number) => view.getUint16(i * 2, true);
  return Float64Array.from({ length: count }, (_, i) => step(i) * scale + min);
}

/** IEEE 754 binary16, given as its 16 bits. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
