import * as v from 'valibot';
import { Resample, Steps } from '../protocol/steps.ts';
import type { Box } from './geometry.ts';
import { fixedSize } from './steps.ts';
import type { Detection } from './tracker.ts';

/**
 * The manifest of a model folder, `models/<id>/manifest.json`, schema 1; models/README.md tells it to people.
 *
 * A deployed graph does all per-pixel work itself, so the same file gives the same answers on the server and
 * on a phone. It has one input, `input.name`: uint8 RGB pixels, [N, input.height, input.width, 3].
 *
 * `object-detection` outputs, one row per detection, after non-maximum suppression, best score first within
 * an image:
 *   `images`  int32   [M]     which picture of the batch, 0..N-1
 *   `boxes`   float32 [M, 4]  x, y, width, height in 0..1 of the input, from its top left
 *   `scores`  float32 [M]     0..1, at least `minScore.floor`
 *   `classes` int32   [M]     line of the labels file, from 0
 *
 * `image-classification` output:
 *   `scores`  float32 [N, C]  0..1, one for each line of the labels file; where not `multiLabel`, a row sums to 1
 *
 * `image-embedding` output:
 *   `embedding` float32 [N, D]  as the model gives it, not normalised; no labels
 */

const Id = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower case letters, digits, ".", "_" or "-"; at most 64'),
);
/** A file name inside the model's folder; nothing that leaves it. */
const FileName = v.pipe(
  v.string(),
  v.regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/, 'a path inside the model folder'),
);
const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal'));
const Score = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const SidePx = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));

export const TASKS = ['object-detection', 'image-classification', 'image-embedding'] as const;
export type Task = (typeof TASKS)[number];

/** What `steps` was in one word; they stand for it (`stepsOf` in `steps.ts`). */
const Fit = v.picklist([
  /** Each axis on its own. */
  'stretch',
  /** The largest part of the input's shape around the middle, `crop` of it; what lies outside is not seen. */
  'crop',
  /** The whole picture in its own shape, in the middle of grey (114). */
  'letterbox',
]);

const Numbers3 = v.tuple([v.number(), v.number(), v.number()]);

/** How a picture of any shape becomes the input: `steps`, or in older manifests `fit` with `crop` and `resample`. */
export const ModelInput = v.pipe(
  v.strictObject({
    name: v.string(),
    width: SidePx,
    height: SidePx,
    fit: v.optional(Fit),
    /** With `crop`: how much of the largest part is seen, on each axis. Default 1; 224 of 256 pixels are 0.875. */
    crop: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1))),
    /** How pixels are mixed; default `bilinear`. */
    resample: v.optional(Resample),
    /** What is done to a picture, in this order. It ends at `width` x `height`, whatever the picture. */
    steps: v.optional(Steps),
    /**
     * What is done to the numbers of the pixels after that: (value * scale - mean) / std for each channel, in this order of
     * channels, value 0..255. For a reader: the graph does it itself.
     */
    values: v.optional(
      v.strictObject({
        channels: v.picklist(['RGB', 'BGR']),
        scale: v.number(),
        mean: Numbers3,
        std: Numbers3,
      }),
    ),
  }),
  v.check(
    ({ fit, crop, resample, steps }) =>
      steps === undefined ? fit !== undefined : [fit, crop, resample].every((one) => one === undefined),
    'either `steps`, or `fit` with `crop` and `resample`',
  ),
  v.check(({ width, height, steps }) => {
    const size = steps ? fixedSize(steps) : undefined;
    return steps === undefined || (size?.width === width && size.height === height);
  }, 'steps that give a picture of any shape the size `width` x `height`'),
);
export type ModelInput = v.InferOutput<typeof ModelInput>;

export const Manifest = v.strictObject({
  schema: v.literal(1),
  id: Id,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  description: v.pipe(v.string(), v.maxLength(500)),
  task: v.picklist(TASKS),
  /** `image-classification` only: several labels may hold at once, each score stands for itself. Default false. */
  multiLabel: v.optional(v.boolean()),
  /** How many labels one picture gets at most; see maxLabels.ts for what holds without. */
  maxLabels: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000))),
  graph: v.strictObject({ file: FileName, sha256: Sha256 }),
  /** One label a line. Absent where there are none: `image-embedding`. */
  labels: v.optional(FileName),
  input: ModelInput,
  minScore: v.strictObject({
    /** The graph gives nothing below it. */
    floor: Score,
    /** What a session gets that does not ask. */
    default: Score,
  }),
  /** Recorded inputs with their expected outputs; they run before the model serves. */
  goldens: v.array(v.strictObject({ image: FileName, expected: FileName })),
  /** `spdx` is `NOASSERTION` where nobody said; then there may be no file. */
  license: v.strictObject({ spdx: v.string(), file: v.optional(FileName) }),
  provenance: v.strictObject({
    /** Where the weights come from, for a reader. */
    source: v.string(),
    /** The Subresource Integrity string of what was downloaded. */
    integrity: v.optional(v.string()),
    /** How to make the graph again, byte for byte, where there is such a way. */
    command: v.optional(v.string()),
    /** When it came into this folder, ISO 8601. */
    addedAt: v.optional(v.pipe(v.string(), v.isoTimestamp())),
    /** When the first version of the model came, ISO 8601; absent for models that ship, and for their updates. */
    since: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  }),
});
export type Manifest = v.InferOutput<typeof Manifest>;

/** What gave the answers of a golden, e.g. `tfjs-wasm 4.22.0` or `torch 2.6.0`. */
const RecordedBy = v.string();

/** The expected output of one golden picture, as another runtime gave it on the same weights; one kind for each task. */
export const Golden = v.union([
  v.strictObject({
    recordedBy: RecordedBy,
    /** Only detections of at least this score are recorded and compared. */
    minScore: Score,
    detections: v.array(
      v.strictObject({
        label: v.string(),
        score: Score,
        box: v.tuple([v.number(), v.number(), v.number(), v.number()]),
      }),
    ),
  }),
  v.strictObject({
    recordedBy: RecordedBy,
    /** One for each line of the labels file. */
    scores: v.array(Score),
  }),
  v.strictObject({ recordedBy: RecordedBy, embedding: v.array(v.number()) }),
]);
export type Golden = v.InferOutput<typeof Golden>;
export type DetectionGolden = Extract<Golden, { detections: unknown }>;

/** What a deployed graph gives for one picture. */
export type Answer =
  | { readonly task: 'object-detection'; readonly detections: readonly (Detection & { box: Box })[] }
  /** One score for each line of the labels file. */
  | { readonly task: 'image-classification'; readonly scores: Float32Array }
  | { readonly task: 'image-embedding'; readonly embedding: Float32Array };
