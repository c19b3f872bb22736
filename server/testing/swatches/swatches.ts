import * as v from 'valibot';
import { Box as BoxSchema } from '../../../protocol/vocabulary.ts';
import { boxInPicture } from '../../../vision/fit.ts';
import { type Box, iou, visiblePart } from '../../../vision/geometry.ts';
import { dataOf, type TaskDefinition, type Tensor } from '../../../vision/tasks/task.ts';

/** A rectangle and the mean colour in it: red, green, blue, 0..255. */
interface Swatch {
  readonly label: string;
  readonly colour: readonly [red: number, green: number, blue: number];
  readonly box: Box;
}
interface SwatchesAnswer {
  readonly task: 'colour-swatches';
  readonly swatches: readonly Swatch[];
}

const Colour = v.tuple([v.number(), v.number(), v.number()]);
const SwatchesGolden = v.strictObject({
  recordedBy: v.string(),
  swatches: v.array(v.strictObject({ label: v.string(), colour: Colour, box: BoxSchema })),
});
type SwatchesGolden = v.InferOutput<typeof SwatchesGolden>;

/**
 * A task for tests, and the whole of it: one graph finds a bright rectangle, another reads its colour.
 *   `finder`: `edges` float32 [4]  left, top, right, bottom, pixels of the input; the last two are within
 *   `reader`, of the picture and `edges`: `colour` float32 [1, 3]  0..255
 */
export const swatches: TaskDefinition<SwatchesAnswer, SwatchesGolden, SwatchesAnswer> = {
  name: 'colour-swatches',
  graphs: ['finder', 'reader'],
  golden: SwatchesGolden,
  inPicture: v.object({
    task: v.literal('colour-swatches'),
    swatches: v.array(v.object({ label: v.string(), colour: Colour, box: BoxSchema })),
  }),
  follow: 'things',
  async run({ picture, inputName, labels, runGraph }) {
    const found = dataOf(await runGraph('finder', { [inputName]: picture }), 'edges', Float32Array);
    const [left = 0, top = 0, right = 0, bottom = 0] = found;
    const edges: Tensor = { type: 'float32', data: Float32Array.from(found), dims: [4] };
    const read = await runGraph('reader', { [inputName]: picture, edges });
    const [red = 0, green = 0, blue = 0] = dataOf(read, 'colour', Float32Array);
    const [, height = 1, width = 1] = picture.dims;
    const colour = [red, green, blue] as const;
    const label = labels[colour.indexOf(Math.max(...colour))] ?? 'unknown';
    const box = [
      left / width,
      top / height,
      (right + 1 - left) / width,
      (bottom + 1 - top) / height,
    ] as const;
    return { task: 'colour-swatches', swatches: [{ label, colour, box }] };
  },
  record: (answer, { recordedBy }) => ({
    recordedBy,
    swatches: answer.swatches.map(({ label, colour, box }) => ({
      label,
      colour: [...colour],
      box: [...box],
    })),
  }),
  compare(golden, answer) {
    const gaps = golden.swatches.map((expected, at) => {
      const found = answer.swatches[at];
      if (found === undefined || iou(found.box, expected.box) < 0.95) return 1;
      return Math.max(...expected.colour.map((value, i) => Math.abs(value - (found.colour[i] ?? 0)))) / 255;
    });
    const largest = Math.max(0, ...gaps);
    const differences = largest > 0.02 ? [`another swatch, by ${largest.toFixed(2)}`] : [];
    return { differences, largest, sameTop: differences.length === 0 };
  },
  maxLabels: () => 1,
  toPicture: (answer, { fitted }) => ({
    task: 'colour-swatches',
    swatches: answer.swatches.flatMap(({ box, ...rest }) => {
      const part = visiblePart(fitted === undefined ? box : boxInPicture(box, fitted));
      return part === undefined ? [] : [{ ...rest, box: part }];
    }),
  }),
  labelsOf: (answer) => answer.swatches.map(({ label, box }) => ({ label, score: 1, box })),
  inPrediction: (answer) => ({ answer: { swatches: answer.swatches } }),
  inStream: (answer) => ({ answer: { swatches: answer.swatches } }),
};
