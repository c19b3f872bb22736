import { messageOf } from '../../../protocol/errors.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { halfToNumber, numberToHalf } from '../../../vision/half.ts';
import { type InferenceSession, openSession, Tensor } from '../../inference/runtime.ts';
import { ImportError } from '../importError.ts';
import type { Layout } from './graphWalk.ts';
import type { ImageInput } from './inspect.ts';
import { LUMA } from './luma.ts';
import { encodeModel } from './onnxBytes.ts';
import type { ModelProto } from './onnxFile.ts';
import { affine, type Preparation } from './preparation.ts';
import { ownWords, runtimeRefusal } from './runtimeRefusal.ts';

/** What a model gives, by the name of the output: numbers as they are, and their shape. */
export type Outputs = ReadonlyMap<string, { readonly dims: readonly number[]; readonly data: Float64Array }>;

/** How pixels of one size are laid out for a model. */
export interface Arrangement {
  readonly image: ImageInput;
  readonly layout: Layout;
  readonly width: number;
  readonly height: number;
}

/** The model as it came, in memory. */
export interface SourceSession {
  /** @param pixels uint8 RGB, [height, width, 3] @throws ImportError `unrunnable` */
  run(pixels: Uint8Array, arrangement: Arrangement, preparation: Preparation): Promise<Outputs>;
  close(): Promise<void>;
}

/**
 * Opens a model as it came: the file that holds it, where there is one, else what is encoded of it.
 * @throws ImportError `unsupported_op` or `unrunnable`, with what the runtime said
 */
export async function openSource(model: ModelProto, file?: string): Promise<SourceSession> {
  const session = await openFile(model, file).catch((cause: unknown) => {
    throw runtimeRefusal(cause, model);
  });
  return {
    async run(pixels, arrangement, preparation) {
      const { image } = arrangement;
      const input = toTensor(pixels, arrangement, preparation);
      const found = await session.run({ [image.name]: input }).catch((cause: unknown) => {
        throw new ImportError(
          'unrunnable',
          aboutGraph('fails_on_picture', {
            width: arrangement.width,
            height: arrangement.height,
            why: ownWords(messageOf(cause)),
          }),
          { cause },
        );
      });
      return new Map(
        Object.entries(found).flatMap(([name, tensor]) => {
          const data = numbers(tensor);
          return data
            ? [[name, { dims: tensor.dims, data: firstOf(image, tensor.dims, data) }] as const]
            : [];
        }),
      );
    },
    close: () => session.release(),
  };
}

async function openFile(model: ModelProto, file: string | undefined): Promise<InferenceSession> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const;
  if (file === undefined) return openSession(encodeModel(model), options);
  return openSession(file, options).catch((error: unknown) => {
    // The runtime wants shapes and axes inside the file, even where all other weights lie next to it.
    if (!/external/i.test(messageOf(error))) throw error;
    return openSession(encodeModel(model), options);
  });
}

/**
 * Prepares pixels in JavaScript, number by number, the way a person would by hand: what the front of a deployed graph
 * is compared with.
 */
export function toTensor(
  pixels: Uint8Array,
  { image, layout, width, height }: Arrangement,
  preparation: Preparation,
) {
  const { channels } = image;
  const area = width * height;
  const { factors, shifts } = affine(preparation);
  const values = new Float32Array(area * channels);
  const place = (channel: number, at: number) =>
    layout === 'NCHW' ? channel * area + at : at * channels + channel;
  const colour = (channel: number, at: number) => pixels[at * 3 + channel] ?? 0;
  for (let channel = 0; channel < channels; channel++) {
    const from = preparation.channels === 'BGR' ? 2 - channel : channel;
    const factor = factors[channel] ?? 1;
    const shift = shifts[channel] ?? 0;
    for (let at = 0; at < area; at++) {
      const value =
        channels === 3
          ? colour(from, at)
          : LUMA[0] * colour(0, at) + LUMA[1] * colour(1, at) + LUMA[2] * colour(2, at);
      values[place(channel, at)] = value * factor + shift;
    }
  }
  const sides = layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
  const batch = image.batch ?? 1;
  const all = new Float32Array(values.length * batch);
  for (let picture = 0; picture < batch; picture++) all.set(values, picture * values.length);
  const shape = image.rank === 3 ? sides : [batch, ...sides];
  switch (image.dtype) {
    case 'float32':
      return new Tensor('float32', all, shape);
    case 'double':
      return new Tensor('float64', Float64Array.from(all), shape);
    case 'uint8':
      return new Tensor('uint8', Uint8Array.from(all), shape);
    case 'int32':
      return new Tensor('int32', Int32Array.from(all), shape);
    case 'float16':
      return halfTensor(Uint16Array.from(all, numberToHalf), shape);
    default:
      return image.dtype satisfies never;
  }
}

/**
 * A tensor that keeps its numbers as their bits. Where the language has Float16Array (Node.js 24), Tensor turns the bits
 * into one, of which onnxruntime-node 1.30 reads no byte ("not enough space: expected 614400, got 0").
 */
function halfTensor(bits: Uint16Array, shape: readonly number[]): Tensor {
  return Object.defineProperty(new Tensor('float16', bits, shape), 'data', { value: bits });
}

/** Numbers of any type; undefined for text and what else is none. float16 comes as bits, or as Float16Array. */
function numbers({ type, data }: Tensor): Float64Array | undefined {
  if (type === 'float16' && data instanceof Uint16Array) return Float64Array.from(data, halfToNumber);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  return Array.isArray(data) ? undefined : Float64Array.from(data as ArrayLike<number>);
}

/** Of a model that always answers for several pictures, the answer for the first. */
function firstOf(image: ImageInput, dims: readonly number[], data: Float64Array): Float64Array {
  if (image.rank !== 4 || image.batch === undefined || dims[0] !== image.batch) return data;
  return data.subarray(0, data.length / image.batch);
}
