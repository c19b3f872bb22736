import type { FoundBox, PixelBox, TruthBox } from '../../../vision/averagePrecision.ts';
import { type Box, WHOLE } from '../../../vision/geometry.ts';
import type { Size } from '../../../vision/steps.ts';
import type { Detection } from '../../../vision/tracker.ts';
import { nameOf } from './linesNamed.ts';

/** A thing that a person has boxed. */
export interface TrueThing {
  readonly label: string;
  /** In 0..1 of the picture. */
  readonly box: Box;
  /** Many things in one box. */
  readonly isCrowd: boolean;
  /** Of its outline, square pixels of a picture of `size`; absent where nothing says, and the box stands for it. */
  readonly area?: number;
}

export interface TruePicture {
  readonly things: readonly TrueThing[];
  /** Of the picture that was boxed, pixels; absent where nothing says. */
  readonly size?: Size;
}

export interface Truth {
  /** All things in pictures, by the pictures' names. A picture that is not there may hold anything. */
  readonly pictures: ReadonlyMap<string, TruePicture>;
  /** What was boxed wherever it is; a label that is not there may be anywhere. */
  readonly classes: readonly string[];
}

/** Names of a model for the names of a truth. */
export interface SharedLabels {
  /** The model's name of a label of the truth; undefined where it has none. */
  ours(label: string): string | undefined;
  /** Labels of the truth that the model lacks. */
  readonly lacking: readonly string[];
}

export function sharedLabels(truth: Truth, labels: readonly string[]): SharedLabels {
  const known = new Map(labels.flatMap((label) => namesIn(label).map((name) => [name, label] as const)));
  // The whole label, with all its names, is the best of all.
  for (const label of labels) known.set(nameOf(label), label);
  const ours = (label: string) => known.get(nameOf(label));
  return { ours, lacking: truth.classes.filter((label) => ours(label) === undefined) };
}

const namesIn = (label: string) => label.split(',').map(nameOf);

/** Things of the labels that a model has: it cannot find others. Pixels of the picture as it was boxed. */
export const truthBoxes = (
  { things, size: boxedSize }: TruePicture,
  image: number,
  size: Size,
  { ours }: Pick<SharedLabels, 'ours'>,
): TruthBox[] =>
  things.flatMap(({ label, box, area, isCrowd }) => {
    const known = ours(label);
    if (known === undefined) return [];
    const pixels = inPixels(box, boxedSize ?? size);
    return [{ image, label: known, box: pixels, area: area ?? pixels[2] * pixels[3], isCrowd }];
  });

export const foundBoxes = (found: readonly Detection[], image: number, size: Size): FoundBox[] =>
  found.map(({ label, score, box = WHOLE }) => ({ image, label, score, box: inPixels(box, size) }));

const inPixels = ([x, y, width, height]: Box, size: Size): PixelBox => [
  x * size.width,
  y * size.height,
  width * size.width,
  height * size.height,
];
