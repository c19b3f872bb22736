import * as v from 'valibot';

const pictures = v.number();
/** Of scores of what the float32 version shows. */
const differences = { largestDifference: v.number(), meanDifference: v.number() };
const BothVersions = v.object({ float: v.number(), int8: v.number() });

/** How far both versions agree on the same pictures, by what the model gives. */
export const VersionAgreement = v.variant('kind', [
  /** Any number of labels: detectors, and classifiers whose labels do not exclude each other. */
  v.object({
    kind: v.literal('labels'),
    pictures,
    /** Labels that the float32 version shows. */
    labels: v.number(),
    /** Of the labels that are shown: 1 where both versions show the same. */
    f1: v.number(),
    ...differences,
    /** Average precision as COCO has it, 0..1, where the truth lies next to the pictures of a detector. */
    precision: v.optional(
      v.object({
        /** Pictures with truth, and things in them. */
        pictures,
        things: v.number(),
        /** Mean over overlaps of 0.50 to 0.95. */
        ap: BothVersions,
        /** At an overlap of 0.50. */
        ap50: BothVersions,
      }),
    ),
  }),
  /** One label is the answer: other classifiers. */
  v.object({
    kind: v.literal('best'),
    pictures,
    /** Pictures with the same best label. */
    sameTop: v.number(),
    ...differences,
  }),
  /** Cosines of the embeddings that both versions give of a picture. */
  v.object({ kind: v.literal('embeddings'), pictures, meanCosine: v.number(), leastCosine: v.number() }),
]);
export type VersionAgreement = v.InferOutput<typeof VersionAgreement>;

/** An int8 version of a model next to the float32 version that it was made of. */
export const QuantizationReport = v.object({
  id: v.string(),
  name: v.string(),
  /** The float32 version. */
  from: v.string(),
  /** The int8 version. */
  version: v.string(),
  /** Of weights: 8, or 7 for processors that add two products in 16 bits. */
  bits: v.picklist([7, 8]),
  /** Convolutions. */
  layers: v.object({ quantized: v.number(), of: v.number() }),
  /** Convolutions that stay float32, by the value that they give. */
  inFloat: v.array(v.string()),
  /** Noise of rounding in what the network says, power over power. */
  noise: v.number(),
  calibrationPictures: v.number(),
  bytes: v.object({ float: v.number(), int8: v.number() }),
  /** Median of one run on one core of this machine, both versions in turns. */
  speed: v.object({ floatMs: v.number(), int8Ms: v.number() }),
  isFaster: v.boolean(),
  /** Whether the pictures of `agreement` were not used for calibration. */
  isHeldOut: v.boolean(),
  agreement: VersionAgreement,
});
export type QuantizationReport = v.InferOutput<typeof QuantizationReport>;
