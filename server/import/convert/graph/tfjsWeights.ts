import * as v from 'valibot';
import { aboutTfjs } from '../../../../protocol/sentences/tfjs.ts';
import { halvesToFloats } from '../../../../vision/half.ts';
import { ImportError } from '../../importError.ts';
import { maxRank } from '../../onnx/dims.ts';
import { elementCount, type Tensor } from '../../onnx/tensor.ts';

/**
 * One entry of a TensorFlow.js weights manifest. Values may be stored smaller than they are used: as float16,
 * or as uint8/uint16 steps with value = stored * scale + min.
 */
export const WeightEntry = v.object({
  name: v.string(),
  shape: v.pipe(v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), v.maxLength(maxRank)),
  dtype: v.picklist(['float32', 'int32', 'bool']),
  quantization: v.optional(
    v.variant('dtype', [
      v.object({ dtype: v.literal('float16') }),
      v.object({ dtype: v.picklist(['uint8', 'uint16']), scale: v.number(), min: v.number() }),
    ]),
  ),
});
export type WeightEntry = v.InferOutput<typeof WeightEntry>;

/** Groups of weights; the shards of a group are one run of bytes, in which its weights follow each other. */
export const WeightsManifest = v.array(
  v.object({ paths: v.array(v.string()), weights: v.array(WeightEntry) }),
);
export type WeightsManifest = v.InferOutput<typeof WeightsManifest>;

/** Gives the bytes of one of the weight files that model.json names. */
export type ReadShard = (path: string) => Uint8Array;

const bytesPerValue = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

/** How many bytes the entry takes in its shard. */
export function storedBytes(entry: WeightEntry): number {
  return elementCount(entry.shape) * bytesPerValue[entry.quantization?.dtype ?? entry.dtype];
}

/**
 * All weights of a model, by name.
 *
 * @throws ImportError `malformed_source` if a shard lies outside the model's folder, or if the shards hold less or
 * more than the manifest declares
 */
export function readWeights(manifest: WeightsManifest, readShard: ReadShard): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const { paths, weights: entries } of manifest) {
    for (const path of paths) requireInside(path);
    const bytes = joined(paths.map(readShard));
    let offset = 0;
    for (const entry of entries) {
      const end = offset + storedBytes(entry);
      if (weights.has(entry.name)) {
        throw new ImportError('malformed_source', aboutTfjs('weights_same_name', { name: entry.name }));
      }
      weights.set(entry.name, decodeWeight(entry, bytes.subarray(offset, end)));
      offset = end;
    }
    if (offset !== bytes.byteLength) {
      throw new ImportError(
        'malformed_source',
        aboutTfjs('shards_mismatch', { files: paths.join(', '), bytes: bytes.byteLength, declared: offset }),
      );
    }
  }
  return weights;
}

/** One shard stays where it is: a large model should not stand in memory twice. */
const joined = (shards: readonly Uint8Array[]): Uint8Array =>
  shards.length === 1 && shards[0] ? shards[0] : Buffer.concat(shards);

/** A path may come from anyone: it names a file of the model's own folder, or the import ends. */
function requireInside(path: string): void {
  const steps = path.split('/');
  if (/[\\:\0]/.test(path) || steps.some((step) => step === '' || step === '.' || step === '..')) {
    throw new ImportError('malformed_source', aboutTfjs('weights_outside', { path: path.slice(0, 200) }));
  }
}

/**
 * Decodes one weight to the type the graph computes with. The bytes are little-endian, as TensorFlow.js writes
 * them and as every processor that Node.js runs on has them. Plain float32 values are not copied where they lie
 * aligned.
 *
 * @param bytes exactly `storedBytes(entry)` bytes
 * @throws ImportError `malformed_source` if the number of bytes is another
 */
export function decodeWeight(entry: WeightEntry, bytes: Uint8Array): Tensor {
  if (bytes.byteLength !== storedBytes(entry)) {
    throw new ImportError(
      'malformed_source',
      aboutTfjs('weight_short', { name: entry.name, bytes: storedBytes(entry), found: bytes.byteLength }),
    );
  }
  const { shape } = entry;
  if (entry.dtype === 'bool') return { dtype: 'bool', shape, data: Uint8Array.from(bytes) };
  const stored = storedValues(entry, bytes);
  if (entry.dtype === 'float32') {
    return {
      dtype: 'float32',
      shape,
      data: stored instanceof Float32Array ? stored : Float32Array.from(stored),
    };
  }
  return {
    dtype: 'int32',
    shape,
    data: stored instanceof Int32Array ? stored : Int32Array.from(stored, Math.round),
  };
}

function storedValues(entry: WeightEntry, bytes: Uint8Array): Float32Array | Int32Array | Float64Array {
  const { quantization } = entry;
  if (quantization === undefined) {
    const { buffer, byteOffset, byteLength } = aligned(bytes, 4);
    return entry.dtype === 'int32'
      ? new Int32Array(buffer, byteOffset, byteLength / 4)
      : new Float32Array(buffer, byteOffset, byteLength / 4);
  }
  if (quantization.dtype === 'float16') {
    return halvesToFloats(sixteenBits(bytes));
  }
  const { scale, min } = quantization;
  const steps = quantization.dtype === 'uint8' ? bytes : sixteenBits(bytes);
  // TensorFlow.js, too, computes in double precision and rounds once.
  if (entry.dtype === 'int32') return Float64Array.from(steps, (step) => step * scale + min);
  const values = new Float32Array(steps.length);
  steps.forEach((step, i) => {
    values[i] = step * scale + min;
  });
  return values;
}

function sixteenBits(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 2);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** The same bytes, where a typed array of that element size can view them. */
const aligned = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
