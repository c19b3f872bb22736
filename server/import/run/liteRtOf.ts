import { quantizationOf } from '../convert/tflite/constants.ts';
import type { TfliteModel, TfliteTensor } from '../convert/tflite/tfliteFile.ts';
import { type Outputs, toTensor } from '../onnx/sourceSession.ts';
import { type LiteInput, type LiteRtAnswers, type LiteRtTask, liteRtName } from '../prove/liteRt.ts';
import type { OtherRuntime } from '../prove/otherRuntime.ts';
import { runChild } from './childProcess.ts';

/** Larger files are not run a second time: an import has a limit of time and memory. */
const MAX_BYTES = 200_000_000;
const LIMITS = { timeoutMs: 60_000, maxMemoryBytes: 3e9 };

/** Runs a file in LiteRT.js; in a process of its own, but in tests. */
export type RunLiteRt = (task: LiteRtTask) => Promise<LiteRtAnswers>;
export const liteRtProcess: RunLiteRt = (task) =>
  runChild<LiteRtAnswers>({ type: 'lite-rt', ...task }, LIMITS);

/**
 * The file as it came, run by LiteRT.js.
 * @param names of the converted graph's outputs, in the file's order
 */
export function liteRtOf(
  model: TfliteModel,
  { file, bytes, names }: { file: string; bytes: number; names: readonly string[] },
  run: RunLiteRt,
): OtherRuntime | undefined {
  const [index, ...others] = model.inputs;
  const input = model.tensors[index ?? -1];
  if (input === undefined || others.length > 0 || bytes > MAX_BYTES) return undefined;
  // It takes no int8, and no picture of another size than the file says.
  if (input.type !== 'float32' && input.type !== 'uint8') return undefined;
  const outputs = model.outputs.map((at) => storedOf(model.tensors[at] ?? input));
  return runtimeOf(storedOf(input), outputs, { file, names }, run);
}

/** How a tensor keeps its numbers; without its bytes, which would keep the whole file in memory. */
type Stored = Pick<TfliteTensor, 'type' | 'shape' | 'quantization'>;
const storedOf = ({ type, shape, quantization }: TfliteTensor): Stored => ({ type, shape, quantization });

function runtimeOf(
  input: Stored,
  stored: readonly Stored[],
  { file, names }: { file: string; names: readonly string[] },
  run: RunLiteRt,
): OtherRuntime {
  return {
    name: liteRtName(),
    async run(pictures, arrangement, preparation, own) {
      const { shape } = input;
      if (shape[0] !== 1 || shape[1] !== arrangement.height || shape[2] !== arrangement.width)
        return undefined;
      const inputs = pictures.map((pixels) =>
        asStored(toTensor(pixels, arrangement, preparation).data as ArrayLike<number>, input),
      );
      const answers = await run({ file, shape, inputs });
      return answers.map((outputs, at) => {
        const ours = own[at] ?? new Map();
        return new Map(
          outputs.flatMap((values, i) => {
            const [name, tensor] = [names[i] ?? '', stored[i]];
            const dims = ours.get(name)?.dims;
            return dims && tensor ? [[name, { dims, data: asReal(values, tensor) }] as const] : [];
          }),
        ) satisfies Outputs;
      });
    },
  };
}

/** Real numbers as the file's input keeps them. */
function asStored(values: ArrayLike<number>, tensor: Stored): LiteInput {
  const [scale, zero] = scaleOf(tensor);
  return tensor.type === 'float32'
    ? Float32Array.from(values)
    : // A Uint8Array would cut off what is behind the point, and begin again at 256.
      new Uint8Array(Uint8ClampedArray.from(values, (value) => value / scale + zero).buffer);
}

function asReal(stored: ArrayLike<number>, tensor: Stored): Float64Array {
  const [scale, zero] = scaleOf(tensor);
  return Float64Array.from(stored, (value) => (value - zero) * scale);
}

function scaleOf(tensor: Stored): readonly [scale: number, zeroPoint: number] {
  const { scales = [], zeroPoints = [] } = quantizationOf(tensor) ?? {};
  return [scales[0] ?? 1, zeroPoints[0] ?? 0];
}
