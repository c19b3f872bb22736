import * as v from 'valibot';

/** How pixels are mixed when a picture gets another size. */
export const RESAMPLES = [
  /** The pixel under the middle of each new one. */
  'nearest',
  /** Shrinking: of four neighbours, as TensorFlow's ResizeBilinear does. Enlarging: as `antialiased`. */
  'bilinear',
  /** A mean over all that the new pixel covers, as PIL's and torchvision's bilinear. */
  'antialiased',
  /** PIL's and torchvision's bicubic, which averages when it shrinks. */
  'bicubic',
  /** PIL's Lanczos of three lobes, which averages when it shrinks. */
  'lanczos',
] as const;
export const Resample = v.picklist(RESAMPLES);
export type Resample = v.InferOutput<typeof Resample>;

/** Pixels. More than an input may have: a picture can be cut after it was enlarged. */
const Side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8_192));
const Sides = v.strictObject({ width: Side, height: Side });
const Byte = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));

/** One step of what is done to a picture of any shape, in whole pixels; `vision/steps.ts` computes the sizes. */
export const Step = v.union([
  /** Each axis on its own. */
  v.strictObject({ op: v.literal('resize'), width: Side, height: Side, resample: Resample }),
  /** In its own shape, until the shorter side has this length; less where the longer one would exceed `longest`. */
  v.strictObject({
    op: v.literal('resize'),
    shortest: Side,
    longest: v.optional(Side),
    resample: Resample,
  }),
  /** In its own shape, as large as fits. */
  v.strictObject({ op: v.literal('resize'), within: Sides, resample: Resample }),
  /** In its own shape and size, shrunk only where it is larger. As the last step: the input's size follows the picture. */
  v.strictObject({ op: v.literal('resize'), atMost: Sides, resample: Resample }),
  /** In its own shape, as small as covers. */
  v.strictObject({ op: v.literal('resize'), cover: Sides, resample: Resample }),
  /** In its own shape, until one side has its length: the one for which less scaling is needed. */
  v.strictObject({
    op: v.literal('resize'),
    towards: Sides,
    /** Both sides become multiples of it. Default 1. */
    multipleOf: v.optional(Side),
    resample: Resample,
  }),
  /** The part around the middle, from `floor((side - cut) / 2)` on; a side that is shorter stays. */
  v.strictObject({ op: v.literal('crop'), width: Side, height: Side }),
  /** The picture in the middle of a colour, RGB; a side that is longer stays. */
  v.strictObject({
    op: v.literal('pad'),
    width: Side,
    height: Side,
    colour: v.tuple([Byte, Byte, Byte]),
    /** Where the picture lies instead: what is added is at its right and below it. For the last step only. */
    at: v.optional(v.literal('top left')),
  }),
]);
export type Step = v.InferOutput<typeof Step>;

export const Steps = v.pipe(
  v.array(Step),
  v.minLength(1),
  v.maxLength(8),
  // A cut after it could leave nothing of the picture.
  v.check(
    (steps) => steps.slice(0, -1).every((step) => step.op !== 'pad' || step.at === undefined),
    'padding `at` the top left as the last step',
  ),
);
