import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { RowMasks } from '../../deploy/heads/maskForms.ts';
import { areScores, type Evidence } from './evidence.ts';
import type { Output } from './found.ts';
import { LEAST_SIDE, mapShape } from './mapShape.ts';

/**
 * A mask of a box is a square of few cells: 28 a side in torchvision, Detectron and mmdetection, 15 and 33 in TensorFlow's Object
 * Detection API, 14 without upsampling, 56 with twice of it.
 */
const MAX_BOX_SIDE = 56;

/**
 * The masks of rows of boxes, in an output that has a map for each row; undefined where there are none, or boxes alone are wanted.
 * @param boxes the output of boxes; `areQueries`: of a DETR, whose maps are over the whole input
 */
export function findRowMasks(
  boxes: Output,
  areQueries: boolean,
  { outputs, arrangement, known }: Evidence,
): RowMasks | undefined {
  const areAsked = known.task === 'instance-segmentation';
  if (!areAsked && (known.task !== undefined || known.head !== undefined)) return undefined;
  const { width: inputWidth, height: inputHeight } = arrangement;
  const rows = boxes.samples.map((data) => data.length / (boxes.dims[1] ?? 4));
  for (const output of outputs) {
    const [height = 0, width = 0] = output.dims.slice(-2);
    if (output === boxes || width < LEAST_SIDE || height < LEAST_SIDE) continue;
    if (output.dims.length < 3 && !/mask/i.test(output.name)) continue;
    if (!output.samples.every((data, at) => data.length === (rows[at] ?? 0) * width * height)) continue;
    const isWhole = width === inputWidth && height === inputHeight;
    const isOfBox = !areQueries && !isWhole && width === height && width <= MAX_BOX_SIDE;
    if (!isOfBox && mapShape({ ...output, dims: [height, width] }, arrangement) === undefined) continue;
    return {
      form: 'rows',
      output: output.name,
      over: isOfBox ? 'box' : 'input',
      width,
      height,
      activation: output.samples.every((data) => areScores(data)) ? 'none' : 'sigmoid',
      inputSize: { width: inputWidth, height: inputHeight },
    };
  }
  return undefined;
}

export const withRowMasks = (why: Sentence, masks: RowMasks | undefined): Sentence =>
  masks ? aboutOutputs(`and_masks_of_${masks.over}`, { found: why, name: masks.output }) : why;
