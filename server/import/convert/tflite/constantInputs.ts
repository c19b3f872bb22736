import { constantMeaning } from '../../onnx/filledInputs.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import type { TfliteTensor } from './tfliteFile.ts';

/** Sides of what these numbers of axes count: pictures, rows, columns, channels. */
const PICTURE_AXES = 4;
const CHANNELS: readonly (number | undefined)[] = [1, 3, 4];

/**
 * The inputs next to the picture that are the same for all pictures of its size, by their place among `inputs`, with what stands in
 * them: those that ONNX files have, under the same names (../../onnx/filledInputs.ts), as onnx2tf and TensorFlow keep them. None
 * where it is not clear which input is the picture, or its size is left open.
 */
export function constantInputs(inputs: readonly TfliteTensor[]): Map<number, Tensor> {
  const filled = new Map<number, Tensor>();
  const pictures = inputs.filter(isPicture);
  const [picture] = pictures;
  if (picture === undefined || pictures.length > 1 || inputs.length === 1) return filled;
  const [, height = 0, width = 0] = picture.shape;
  if (picture.signature.slice(1).some((side) => side < 0)) return filled;
  for (const [at, tensor] of inputs.entries()) {
    const meaning = tensor === picture ? undefined : constantMeaning(plainName(tensor.name), tensor.shape);
    if (meaning === undefined) continue;
    const values = { ones: [1], size: [width, height], shape: [height, width] }[meaning];
    const length = tensor.shape.reduce((product, side) => product * side, 1);
    const all = Array.from({ length }, (_, index) => values[index % values.length] ?? 1);
    filled.set(
      at,
      tensor.type.startsWith('float') || tensor.quantization !== undefined
        ? { dtype: 'float32', shape: tensor.shape, data: Float32Array.from(all) }
        : { dtype: 'int32', shape: tensor.shape, data: Int32Array.from(all) },
    );
  }
  return filled;
}

const isPicture = ({ shape }: TfliteTensor): boolean =>
  shape.length === PICTURE_AXES && CHANNELS.includes(shape[3]);

/** As the model's author called it: TensorFlow's saved models add where a tensor comes from. */
const plainName = (name: string): string => name.replace(/^serving_default_/, '').replace(/:\d+$/, '');
